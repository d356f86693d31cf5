import { expect, it } from '@jest/globals';
import type { Demand, RouteDecision } from '#routing';
import { aPool } from '../parking/parking-lot-under-test.ts';
import { estimatedSeconds, wishOf } from './tell-wait.ts';

const demand: Demand = { promptTokens: 10, outputBudget: 10, outputBudgetSource: 'max_tokens', tokens: 20 };
const home = aPool('default');
const larger = aPool('yarn-4');
const shared = { demand, pools: [], clippedOutput: null } as const;

it('waits where the route says room would help', () => {
  const decision: RouteDecision = {
    ...shared,
    kind: 'wait',
    pool: home,
    reason: 'smallest-rope',
    waitFor: ['default'],
    unavailable: true,
    exhausted: false,
    askAgainMs: 500,
  };
  const wish = { need: home, waitFor: ['default'], isUnavailable: true, waitedMs: 7 };
  expect(wishOf(decision, 7)).toEqual({ ...wish, isToSpill: true });
  expect(wishOf({ ...decision, askAgainMs: null }, 7)).toEqual({ ...wish, isToSpill: false });
});

it('waits where its place was taken meanwhile, as demand for the pool it needs', () => {
  const decision = {
    ...shared,
    kind: 'dispatch',
    pool: larger,
    need: home,
    reason: 'spill',
    workers: [],
  } as const;
  expect(wishOf(decision, 0)).toMatchObject({ need: home, waitFor: ['yarn-4'], isUnavailable: false });
});

it('tells whole seconds, at least one', () => {
  expect([1, 1_000, 1_001, 41_200].map(estimatedSeconds)).toEqual([1, 1, 2, 42]);
});
