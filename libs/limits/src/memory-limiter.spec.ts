import { expect, it } from '@jest/globals';
import type { BudgetCharge, BudgetTruth } from './limiter.ts';
import { MemoryLimiter } from './memory-limiter.ts';

const START_MS = Date.UTC(2026, 10, 23, 12);
const SPENDER = { tenant: 'acme', isStrict: false, isPrepaid: false };

it('counts a request once that came before its budget was first looked at', async () => {
  let wallMs = START_MS;
  let asks = 0;
  const rows = [
    { atMs: START_MS - 60_000, tokens: 100 },
    // This one's row: it came a second before it could be reserved, and ended before the ledger answered.
    { atMs: START_MS - 1_000, tokens: 50 },
  ];
  const limiter = new MemoryLimiter({ truth: truthOf(rows, () => asks++ === 0), wallMs: () => wallMs });
  const charges = [budget(50)];
  // Created by a look, as `GET /v1/limits` does it.
  await limiter.standings(SPENDER, [budget(0)]);
  const startedMs = performance.now() - 1_000;
  const asked = { spender: SPENDER, requestId: 'a', charges, outputTokens: 0, taken: [], startedMs };
  const decision = await limiter.reserve(asked);
  if (decision.granted) decision.reservation.settle({ charges, outputTokens: 0 });
  wallMs += 6_000;
  expect((await limiter.standings(SPENDER, [budget(0)]))[0]?.remaining).toBe(1_000 - 100 - 50);
});

it('counts once what the ledger learned of while it was not asked', async () => {
  let wallMs = START_MS;
  let asks = 0;
  // Of before this process 100, and what is used below: by the time the ledger answers it has both.
  const rows = [
    { atMs: START_MS - 1_000, tokens: 100 },
    { atMs: START_MS + 1, tokens: 50 },
  ];
  const limiter = new MemoryLimiter({ truth: truthOf(rows, () => asks++ === 0), wallMs: () => wallMs });
  const charges = [budget(50)];
  const asked = { spender: SPENDER, requestId: 'a', charges, outputTokens: 0, taken: [] };
  const decision = await limiter.reserve(asked);
  if (decision.granted) decision.reservation.settle({ charges, outputTokens: 0 });
  wallMs += 6_000;
  expect((await limiter.standings(SPENDER, [budget(0)]))[0]?.remaining).toBe(1_000 - 100 - 50);
});

function truthOf(
  rows: readonly { readonly atMs: number; readonly tokens: number }[],
  isAway: () => boolean,
): BudgetTruth {
  return {
    used: async (_tenant, _lineage, _unit, fromMs, untilMs) => {
      if (isAway()) throw new Error('the ledger is away');
      const within = rows.filter(({ atMs }) => fromMs <= atMs && atMs < untilMs);
      return within.reduce((sum, { tokens }) => sum + tokens, 0);
    },
  };
}

function budget(fixed: number): BudgetCharge {
  const [fromMs, untilMs] = [Date.UTC(2026, 10, 1), Date.UTC(2026, 11, 1)];
  const name = { kind: 'month_budget', scope: 'tenant', bucket: 'tenant:month', lineage: null } as const;
  return { type: 'budget', ...name, fixed, perOutput: 0, limit: 1_000, unit: 'tokens', fromMs, untilMs };
}
