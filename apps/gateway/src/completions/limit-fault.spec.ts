import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Denial, Standing } from '#limits';
import { limitFault } from './limit-fault.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const standing = (terms: Partial<Standing> = {}): Standing => ({
  kind: 'input_tokens',
  scope: 'tenant',
  unit: null,
  limit: 60_000,
  remaining: 12,
  resetMs: 3_600_000,
  ...terms,
});

function heard(denial: Denial, random = 0) {
  const headers: Record<string, string> = {};
  return { fault: limitFault(denial, headers, () => random), headers };
}

const later = (denied: Standing): Denial => ({
  granted: false,
  why: 'later',
  denied,
  retryAfterMs: 2_000,
  standings: [denied],
});

describe('a rate that is used up', () => {
  it('names the limit, whose it is, what is left and when to come back', () => {
    const { fault, headers } = heard(later(standing()));
    expect(fault).toMatchObject({ code: 'rate_limit_exceeded', status: 429, retryAfterMs: 2_000 });
    expect(fault.message).toBe(
      'Rate limit reached: your organisation may use 60000 input tokens a minute, and 12 are left now. Try again in 2 s.',
    );
    expect(fault.limit).toEqual({ kind: 'input_tokens', scope: 'tenant', unit: null });
    expect(headers).toEqual({});
  });

  it('spreads those refused together over a tenth of the wait, never earlier than it', () => {
    const waits = [0, 0.5, 1].map((random) => heard(later(standing()), random).fault.retryAfterMs);
    expect(waits).toEqual([2_000, 2_100, 2_200]);
  });
});

it('asks to come back soon when too many requests run at once', () => {
  const { fault } = heard(later(standing({ kind: 'concurrent_requests', scope: 'key', limit: 2 })));
  expect(fault).toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: 1_000 });
  expect(fault.message).toContain('this API key may use 2 requests at once');
});

it('tells clients of a used-up budget not to come back, and when it begins anew', () => {
  const { fault, headers } = heard(later(standing({ kind: 'day_budget', unit: 'tokens', remaining: 0 })));
  expect(fault).toMatchObject({ code: 'insufficient_quota', status: 429, type: 'insufficient_quota' });
  expect(fault.retryAfterMs).toBeUndefined();
  expect(fault.limit).toEqual({ kind: 'day_budget', scope: 'tenant', unit: 'tokens' });
  expect(headers).toEqual({ 'x-should-retry': 'false' });
  expect(fault.message).toMatch(/budget of 60000 tokens a day, and 0 is left. It begins anew at \d{4}-/);
});

it('says to the second when a budget begins anew: what passed since the limiter looked is not the calendar', () => {
  const nowMs = Date.now();
  jest.spyOn(Date, 'now').mockReturnValue(nowMs);
  for (const ms of [0, 1, 30, 499]) {
    const resetMs = Date.parse('2099-01-01T00:00:00Z') - nowMs + ms;
    const { fault } = heard(later(standing({ kind: 'day_budget', unit: 'tokens', resetMs })));
    expect(fault.message).toContain('It begins anew at 2099-01-01T00:00:00Z. ');
  }
});

it('says of a budget in money that it is money', () => {
  const money = standing({ kind: 'month_budget', unit: 'money' });
  const { fault } = heard(later(money));
  const { fault: never } = heard({ granted: false, why: 'never', denied: money, cost: 90_000 });
  for (const { message } of [fault, never])
    expect(message).toContain('a budget of 60000 millionths of the currency a month');
});

it('refuses for good what no wait would help', () => {
  const { fault } = heard({ granted: false, why: 'never', denied: standing(), cost: 90_000 });
  expect(fault).toMatchObject({ code: 'limit_too_small', status: 400 });
  expect(fault.message).toContain('costs 90000');
  expect(fault.limit).toMatchObject({ kind: 'input_tokens', scope: 'tenant' });
});

it('answers 503 to strict callers while shared counters are away', () => {
  const { fault } = heard({ granted: false, why: 'away', retryAfterMs: 1_000 });
  expect(fault).toMatchObject({ code: 'limits_unavailable', status: 503, retryAfterMs: 1_000 });
});
