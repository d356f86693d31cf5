import { expect, it } from '@jest/globals';
import { FULL, POLICY, sampleQuery, statingQuery, threePools } from '../test/sample-fleet.ts';
import { chooseRoute } from './choose-route.ts';
import { explainReason } from './explain-reason.ts';
import type { RouteQuery } from './route.ts';

const policy = { ...POLICY, overBudget: 'clip' as const, spillAfterMs: 500 };

it.each<[RouteQuery, string]>([
  [
    statingQuery(100, 20),
    'Pool default (window 40960) has the smallest RoPE factor that fits 120 tokens (prompt 100, output 20 by max_tokens).',
  ],
  [
    sampleQuery(40_000),
    'Pool yarn-2 (window 65536) fits 48192 tokens (prompt 40000, output 8192 assumed); the prompt alone would fit default.',
  ],
  [
    statingQuery(100, 20, { pinnedPool: 'yarn-4' }),
    'Pool yarn-4 (window 131072) was asked for, and fits 120 tokens (prompt 100, output 20 by max_tokens).',
  ],
  [
    sampleQuery(130_000),
    'Pool yarn-4 (window 131072) is the largest; the prompt of 130000 tokens leaves 1072 for the answer.',
  ],
  [
    statingQuery(130_000, 5_000),
    'Pool yarn-4 (window 131072) is the largest; the output was clipped: the prompt of 130000 tokens leaves 1072.',
  ],
])('says in one sentence why: %#', (query, sentence) => {
  expect(explainReason(chooseRoute(query, threePools(), policy))).toBe(sentence);
});

it('says that a request waits, and for what', () => {
  const full = chooseRoute(statingQuery(100, 20), threePools({ 1: [{ load: FULL }] }), policy);
  const gone = chooseRoute(statingQuery(100, 20), threePools({ 1: [{ state: 'down' }] }), policy);
  expect(explainReason(full)).toContain('All its workers are full, so the request would wait.');
  expect(explainReason(gone)).toContain(
    'It is not available: none of its workers is ready. The request would wait.',
  );
});

it('says that a request spilt', () => {
  const query = statingQuery(100, 20, { waitedMs: 500 });
  const spilt = chooseRoute(query, threePools({ 1: [{ load: FULL }] }), policy);
  expect(explainReason(spilt)).toContain('Pool yarn-2 (window 65536) is one RoPE factor above what fits 120');
});

it('passes a refusal on in its own words', () => {
  const refused = chooseRoute(sampleQuery(200_000), threePools(), policy);
  expect(explainReason(refused)).toContain("This model's maximum context length is 131072 tokens.");
});
