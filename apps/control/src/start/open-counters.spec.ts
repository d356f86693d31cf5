import { expect, it } from '@jest/globals';
import type { BudgetCharge } from '#limits';
import { openCounters } from './open-counters.ts';

const LIMITS = {
  leaseMs: 30_000,
  heartbeatMs: 10_000,
  meterTokens: 256,
  meterMs: 1_000,
  unstatedOutputTokens: 2_048,
};
const BUDGET: BudgetCharge = {
  type: 'budget',
  kind: 'day_budget',
  scope: 'tenant',
  bucket: 'day',
  fixed: 0,
  perOutput: 0,
  limit: 1_000,
  unit: 'tokens',
  lineage: null,
  fromMs: Date.now() - 1_000,
  untilMs: Date.now() + 3_600_000,
};

it('shows what the ledger says of a budget now, not what it said first', async () => {
  let used = 100;
  const counters = openCounters({ redis: null, limits: LIMITS }, { used: async () => used });
  const remaining = async () => {
    const spender = { tenant: 'acme', isStrict: false, isPrepaid: false };
    return (await counters.limiter.standings(spender, [BUDGET]))[0]?.remaining;
  };
  expect(await remaining()).toBe(900);
  used = 400;
  expect(await remaining()).toBe(600);
  await counters.close();
});
