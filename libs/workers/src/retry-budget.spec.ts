import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.ts';
import { DEFAULT_RETRY_BUDGET, RetryBudget } from './retry-budget.ts';

/** Sends requests evenly for a while, each wanting a retry; returns the retries that were allowed. */
function retriesAllowed(requestsPerSecond: number, seconds: number): number {
  const clock = new ManualClock();
  const budget = new RetryBudget({ ...DEFAULT_RETRY_BUDGET, nowMs: () => clock.nowMs() });
  let allowed = 0;
  for (let n = 0; n < requestsPerSecond * seconds; n += 1) {
    clock.advance(1_000 / requestsPerSecond);
    budget.request();
    if (budget.tryRetry()) allowed += 1;
  }
  return allowed;
}

describe('RetryBudget', () => {
  it('allows a tenth of the requests of a busy gateway', () => {
    const allowed = retriesAllowed(500, 20);
    expect(allowed).toBeGreaterThan(0.095 * 500 * 20);
    expect(allowed).toBeLessThanOrEqual(0.1 * 500 * 20 + 3);
  });

  it('allows three a second to a quiet one', () => {
    const allowed = retriesAllowed(10, 20);
    expect(allowed).toBeGreaterThan(2.9 * 20);
    expect(allowed).toBeLessThanOrEqual(3 * 20 + 3);
  });

  it('allows no more than three at once to a gateway that did nothing for an hour', () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ ...DEFAULT_RETRY_BUDGET, nowMs: () => clock.nowMs() });
    clock.advance(3_600_000);
    const allowed = Array.from({ length: 10 }, () => budget.tryRetry()).filter(Boolean);
    expect(allowed).toHaveLength(3);
  });

  it('forgets what a busy hour earned', () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ ...DEFAULT_RETRY_BUDGET, nowMs: () => clock.nowMs() });
    for (let n = 0; n < 10_000; n += 1) budget.request();
    clock.advance(120_000);
    const allowed = Array.from({ length: 1_000 }, () => budget.tryRetry()).filter(Boolean);
    expect(allowed).toHaveLength(3);
  });
});
