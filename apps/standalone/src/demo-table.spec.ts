import { describe, expect, it } from '@jest/globals';
import type { Asked } from './ask.ts';
import { demoRequests } from './demo-requests.ts';
import { demoProblems, demoTable } from './demo-table.ts';

function anAnswer(terms: Partial<Asked>): Asked {
  return {
    title: 'a long text',
    promptTokens: 36_000,
    outputBudget: 8_192,
    pool: 'yarn-2',
    rope: 'yarn-2',
    reason: 'smallest-rope',
    firstTokenMs: 5_123.4,
    tokensPerSecond: 49.96,
    completionTokens: 1_234,
    countedByWorker: 36_000,
    finishReason: 'stop',
    ...terms,
  };
}

const [first, second, third] = demoRequests().map(({ title }) => title);
const GOOD = [
  anAnswer({ title: first ?? '', pool: 'default', rope: 'default', promptTokens: 20, countedByWorker: 20 }),
  anAnswer({ title: second ?? '' }),
  anAnswer({
    title: third ?? '',
    pool: 'yarn-4',
    rope: 'yarn-4',
    promptTokens: 90_000,
    countedByWorker: 90_000,
  }),
];

describe('the table', () => {
  it('fits 80 columns, with the longest word of each row', () => {
    const widest = GOOD.map((one) => ({ ...one, reason: 'output-budget', completionTokens: 8_192 }));
    for (const line of demoTable(widest).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('holds no colour, so that it can be piped', () => {
    expect(demoTable(GOOD)).not.toContain('\u001b');
  });

  it('shows what happened to each request', () => {
    const table = demoTable(GOOD);
    for (const cell of ['90,000', '8,192', 'yarn-4', 'smallest-rope', '5.12 s', '50.0', '36,000 + 1,234'])
      expect(table).toContain(cell);
  });

  it('marks a count the worker does not share', () => {
    expect(demoTable([anAnswer({ countedByWorker: 36_001 })])).toContain('36,000 (!)');
    expect(demoTable(GOOD)).not.toContain('(!)');
  });
});

describe('what went wrong', () => {
  it('is nothing when all three went right', () => expect(demoProblems(GOOD)).toEqual([]));

  it.each<[Partial<Asked>, RegExp]>([
    [{ countedByWorker: 36_001 }, /counted 36000, the worker 36001/],
    [{ pool: 'default' }, /went to default, not yarn-2/],
    [{ finishReason: 'length' }, /ended with length/],
    [{ finishReason: '' }, /ended with nothing/],
  ])('is named: %j', (terms, problem) => {
    const asked = GOOD.map((one, at) => (at === 1 ? { ...one, ...terms } : one));
    expect(demoProblems(asked)).toEqual([expect.stringMatching(problem)]);
  });
});
