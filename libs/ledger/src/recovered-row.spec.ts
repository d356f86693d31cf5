import { expect, it } from '@jest/globals';
import { anIntent } from './ledger-under-test.ts';
import { recoveredRow } from './recovered-row.ts';

it('ends when it was last metered, with what was metered', () => {
  const atMs = Date.parse('2026-11-23T10:00:07.000Z');
  const row = recoveredRow(anIntent(1), { completionTokens: 300, atMs });
  expect(row).toMatchObject({
    outcome: 'unknown',
    ended_at: '2026-11-23T10:00:07.000Z',
    duration_ms: 7_000,
    completion_tokens: 300,
    is_exact: false,
    cost_micro: 0,
  });
});

it('never ends before it started, even when the clock went back', () => {
  const atMs = Date.parse('2026-11-22T23:00:00.000Z');
  const row = recoveredRow(anIntent(1), { completionTokens: 3, atMs });
  expect(row.ended_at).toBe(row.started_at);
  expect(row.duration_ms).toBe(0);
});

it('has its cost when the intent had a price', () => {
  const price = { input: 1_000_000, cached: 0, output: 2_000_000 };
  const row = recoveredRow(anIntent(1, { price }), { completionTokens: 10, atMs: null });
  expect(row.cost_micro).toBe(100 + 20);
});
