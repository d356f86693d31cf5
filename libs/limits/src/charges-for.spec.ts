import { describe, expect, it } from '@jest/globals';
import { usedAmount } from './amounts.ts';
import { chargesFor, type LimitsOfCaller, type RequestAmounts, requestCharges } from './charges-for.ts';
import { type Limits, NO_LIMITS } from './limits.ts';

const CONTEXT = {
  largestWindowTokens: 131_072,
  largestPoolWeight: 4,
  nowMs: Date.parse('2026-11-01T10:00:00Z'),
};
const AMOUNTS: RequestAmounts = {
  inputTokens: 1_000,
  cachedTokens: 0,
  kvTokens: 3_000,
  poolWeight: 1,
  price: null,
  phase: 'running',
};

describe('requestCharges', () => {
  it('takes one from the tenant and one from the key, a sixth of the minute at once', () => {
    const charges = requestCharges(caller({ requestsPerMinute: 600 }, { requestsPerMinute: 5 }));
    expect(charges.map(({ bucket, fixed, rate }) => [bucket, fixed, rate.limit, rate.burst])).toEqual([
      ['tenant:requests', 1, 600, 100],
      ['key:line:requests', 1, 5, 1],
    ]);
  });

  it('is empty for who has no such limit', () => {
    expect(requestCharges(caller({ tokensPerMinute: 5 }))).toEqual([]);
  });
});

describe('chargesFor', () => {
  it('is the same empty list for all who have no limits', () => {
    expect(chargesFor(caller({}), AMOUNTS, CONTEXT)).toBe(
      chargesFor(caller({ requestsPerMinute: 1 }), AMOUNTS, CONTEXT),
    );
  });

  it('charges every limit of tenant and key, weighted by the pool', () => {
    const limits: Partial<Limits> = {
      tokensPerMinute: 1,
      inputTokensPerMinute: 1,
      outputTokensPerMinute: 1,
      concurrentRequests: 1,
      concurrentKvTokens: 1,
      budgets: [{ period: 'day', unit: 'tokens', limit: 1 }],
    };
    const charges = chargesFor(caller(limits, limits), { ...AMOUNTS, poolWeight: 2 }, CONTEXT);
    expect(
      charges
        .filter(({ scope }) => scope === 'tenant')
        .map(({ kind, fixed, perOutput }) => [kind, fixed, perOutput]),
    ).toEqual([
      ['input_tokens', 2_000, 0],
      ['tokens', 2_000, 2],
      ['output_tokens', 0, 2],
      ['concurrent_requests', 1, 0],
      ['concurrent_kv_tokens', 3_000, 0],
      ['day_budget', 2_000, 2],
    ]);
    expect(new Set(charges.map(({ bucket }) => bucket)).size).toBe(12);
  });

  it('charges a parked request its place and its input, and neither output nor KV', () => {
    const limits = {
      tokensPerMinute: 9,
      outputTokensPerMinute: 9,
      concurrentRequests: 1,
      concurrentKvTokens: 9,
    };
    const charges = chargesFor(caller(limits), { ...AMOUNTS, phase: 'parked' }, CONTEXT);
    expect(charges.map(({ kind, fixed, perOutput }) => [kind, fixed, perOutput])).toEqual([
      ['tokens', 1_000, 0],
      ['concurrent_requests', 1, 0],
    ]);
  });

  it('lets the largest prompt of the plan into the dearest pool, however small the limit', () => {
    const [ofWindow] = chargesFor(caller({ inputTokensPerMinute: 60 }), AMOUNTS, CONTEXT);
    expect(ofWindow).toMatchObject({ rate: { limit: 60, burst: 131_072 * 4 } });
    const [ofPlan] = chargesFor(
      { ...caller({ inputTokensPerMinute: 60 }), maxPromptTokens: 1_000 },
      AMOUNTS,
      CONTEXT,
    );
    expect(ofPlan).toMatchObject({ rate: { burst: 4_000 } });
    const [output] = chargesFor(caller({ outputTokensPerMinute: 60 }), AMOUNTS, CONTEXT);
    expect(output).toMatchObject({ rate: { burst: 10 } });
  });

  it('keeps a day and the month that begin at the same instant apart, and the days of two zones', () => {
    const budgets = [
      { period: 'day', unit: 'tokens', limit: 5 },
      { period: 'month', unit: 'tokens', limit: 9 },
    ] as const;
    const inUtc = chargesFor(caller({ budgets }), AMOUNTS, CONTEXT);
    expect(new Set(inUtc.map(({ bucket }) => bucket)).size).toBe(2);
    const inTokyo = chargesFor({ ...caller({ budgets }), timeZone: 'Asia/Tokyo' }, AMOUNTS, CONTEXT);
    expect(inTokyo[0]).toMatchObject({ kind: 'day_budget', fromMs: Date.parse('2026-10-31T15:00:00Z') });
  });

  it('counts money in whole millionths, cached input at its own price', () => {
    const price = { input: 150_000, cached: 30_000, output: 600_000 };
    const money = caller({ budgets: [{ period: 'month', unit: 'money', limit: 1_000_000 }] });
    const [charge] = chargesFor(money, { ...AMOUNTS, cachedTokens: 400, price }, CONTEXT);
    if (charge === undefined) throw new TypeError('no charge');
    // 600 x 0.15 + 400 x 0.03 = 102; 30 tokens of 0.6 are 18 exactly, 31 are 18.6.
    expect([usedAmount(charge, 0), usedAmount(charge, 30), usedAmount(charge, 31)]).toEqual([102, 120, 121]);
    expect(chargesFor(money, AMOUNTS, CONTEXT)).toEqual([]);
  });

  it('tells whose budget it is, for the ledger', () => {
    const budgets = [{ period: 'month', unit: 'tokens', limit: 5 }] as const;
    const charges = chargesFor(caller({ budgets }, { budgets }), AMOUNTS, CONTEXT);
    expect(charges).toMatchObject([{ lineage: null }, { lineage: 'line' }]);
  });
});

function caller(tenantLimits: Partial<Limits>, keyLimits: Partial<Limits> = {}): LimitsOfCaller {
  return {
    tenant: 'acme',
    lineage: 'line',
    tenantLimits: { ...NO_LIMITS, ...tenantLimits },
    keyLimits: { ...NO_LIMITS, ...keyLimits },
    maxPromptTokens: null,
    timeZone: 'UTC',
  };
}
