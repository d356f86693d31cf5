import { expect, it } from '@jest/globals';
import type { BudgetCharge, BudgetTruth } from '../limiter.ts';
import { LastKnown } from './last-known.ts';
import { LocalSpell } from './local-spell.ts';

const MINUTE_MS = 60_000;
const charge: BudgetCharge = {
  type: 'budget',
  kind: 'month_budget',
  scope: 'tenant',
  bucket: 'tenant:month:budget:tokens:0',
  lineage: null,
  fixed: 1,
  perOutput: 0,
  limit: 100,
  unit: 'tokens',
  fromMs: Date.UTC(2026, 0, 1),
  untilMs: Date.UTC(2100, 0, 1),
};

/** Of two gateways, one that last heard of the budget when 98 were left: what it grants alone. */
async function granted(options: {
  heardMs: number;
  truth: BudgetTruth | null;
  /** How long ago the first request came. */
  firstAgoMs?: number;
}): Promise<number> {
  const lastKnown = new LastKnown();
  lastKnown.note('acme', charge, { remaining: 98, resetMs: MINUTE_MS }, 0);
  const spell = new LocalSpell({
    replicas: 2,
    lastKnown,
    truth: options.truth,
    nowMs: () => options.heardMs,
  });
  const spender = { tenant: 'acme', isStrict: false, isPrepaid: false };
  let grants = 0;
  for (let turn = 0; turn < 110; turn++) {
    const ask = {
      spender,
      requestId: `${turn}`,
      charges: spell.part('acme', [charge]),
      outputTokens: 0,
      taken: [],
      startedMs: performance.now() - (turn === 0 ? (options.firstAgoMs ?? 0) : 0),
    };
    if ((await spell.limiter.reserve(ask)).granted) grants++;
  }
  expect(spell.owed().reduce((sum, { rows }) => sum + (rows[0]?.amount ?? 0), 0)).toBe(grants);
  return grants;
}

const ledger = (used: number): BudgetTruth => ({ used: async () => used });
const NO_LEDGER: BudgetTruth = { used: () => Promise.reject(new Error('the ledger is away')) };

it('takes no part of what others spent of a budget since it was last heard of', async () => {
  expect(await granted({ heardMs: MINUTE_MS, truth: ledger(60) })).toBe(20);
  expect(await granted({ heardMs: MINUTE_MS, truth: ledger(100) })).toBe(0);
});

it('hears of what others spent also when the first request took long to arrive', async () => {
  const truth: BudgetTruth = {
    // Spent 50 s ago.
    used: async (_tenant, _lineage, _unit, _fromMs, untilMs) => (untilMs > Date.now() - 50_000 ? 60 : 0),
  };
  expect(await granted({ heardMs: MINUTE_MS, truth, firstAgoMs: 55_000 })).toBe(20);
});

it('believes what it heard last where the ledger knows less, is away, or is not there', async () => {
  for (const truth of [ledger(1), NO_LEDGER, null])
    expect(await granted({ heardMs: MINUTE_MS, truth })).toBe(49);
});

it('does not ask the ledger of a budget it has just heard of', async () => {
  let asked = 0;
  const truth: BudgetTruth = {
    used: async () => {
      asked++;
      return 60;
    },
  };
  expect([await granted({ heardMs: 1_000, truth }), asked]).toEqual([49, 0]);
});
