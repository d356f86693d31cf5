import { describe, expect, it } from '@jest/globals';
import type { WorkerReply } from './ask-worker.ts';
import { checkTokenizer, type TokenizerProbe } from './check-tokenizer.ts';

const probes: readonly TokenizerProbe[] = [
  { name: 'hello', body: '{"prompt":"hello"}', expectedTokens: 1 },
  { name: 'text parts', body: '{"messages":[]}', expectedTokens: 17 },
];
const answered = (status: number, body: string): WorkerReply => ({
  kind: 'answered',
  status,
  certificate: null,
  body: Buffer.from(body),
});
const silent: WorkerReply = { kind: 'unanswered', why: 'no answer within 2000 ms' };

/** Answers with these replies in turn, the last one again and again. */
function check(...replies: readonly WorkerReply[]) {
  let asked = 0;
  return checkTokenizer(
    probes,
    async () => {
      const reply = replies[Math.min(asked, replies.length - 1)];
      asked += 1;
      return reply ?? silent;
    },
    2_000,
  );
}

describe('checkTokenizer', () => {
  it('finds the same counts', async () => {
    const finding = await check(answered(200, '{"count":1}'), answered(200, '{"count":17}'));
    expect(finding).toMatchObject({ result: 'same', probes: 2 });
  });

  it('names the probe and both numbers when one differs', async () => {
    const finding = await check(answered(200, '{"count":1}'), answered(200, '{"count":16}'));
    expect(finding.result).toBe('different');
    expect(finding.detail).toContain('16 tokens for the probe "text parts", we count 17');
  });

  it.each([400, 422])('takes a probe refused with %i for another way to count', async (status) => {
    const finding = await check(answered(status, '{"error":{}}'));
    expect(finding).toMatchObject({ result: 'different' });
    expect(finding.detail).toContain(`"hello" with ${status}`);
  });

  it.each([
    [401, 'keeps its /tokenize from us'],
    [403, 'keeps its /tokenize from us'],
    [404, 'has no /tokenize'],
    [405, 'has no /tokenize'],
    [501, 'has no /tokenize'],
  ])('does not take %i for a way to count: there is no /tokenize for us', async (status, words) => {
    const finding = await check(answered(status, '{"detail":"Not Found"}'));
    expect(finding).toMatchObject({ result: 'absent', probes: 1 });
    expect(finding.detail).toContain(words);
    expect(finding.detail).toContain(`status ${status}`);
  });

  it('tells a /tokenize that is closed after the first probe', async () => {
    expect(await check(answered(200, '{"count":1}'), answered(403, ''))).toMatchObject({ result: 'absent' });
  });

  it('asks again after a time-out and after a failure', async () => {
    const finding = await check(
      silent,
      answered(500, ''),
      answered(200, '{"count":1}'),
      answered(200, '{"count":17}'),
    );
    expect(finding.result).toBe('same');
  });

  it('puts the check off when nothing answers', async () => {
    const finding = await check(silent);
    expect(finding).toMatchObject({ result: 'unanswered', probes: 1 });
  });

  it('does not take an answer without a count for one', async () => {
    for (const body of ['', '[]', '{"count":"1"}', 'null']) {
      expect((await check(answered(200, body))).result).toBe('different');
    }
  });
});
