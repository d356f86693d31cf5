import { expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import type { Demand, RouteDecision } from '#routing';
import { NOTHING_COMING, type PoolView } from '#workers';
import { setRouteHeaders } from './route-headers.ts';

function routeHeaders(decision: RouteDecision, headers: Record<string, string> = {}): Record<string, string> {
  setRouteHeaders(headers, decision);
  return headers;
}

const demand: Demand = {
  promptTokens: 36_000,
  outputBudget: 8_192,
  outputBudgetSource: 'assumed',
  tokens: 44_192,
};
const pool: PoolView = {
  name: 'yarn-2',
  model: 'qwq-32b',
  servedName: 'QwQ-32B',
  rope: { type: 'yarn', factor: 2 },
  windowTokens: 65_536,
  workers: [],
  coming: NOTHING_COMING,
};
const dispatch: RouteDecision = {
  kind: 'dispatch',
  demand,
  pools: [],
  pool,
  need: pool,
  reason: 'smallest-rope',
  workers: [],
  clippedOutput: null,
};

it('tells pool, rope, length, budget and reason', () => {
  expect(routeHeaders(dispatch)).toEqual({
    'x-ropeway-pool': 'yarn-2',
    'x-ropeway-rope': 'yarn-2',
    'x-ropeway-prompt-tokens': '36000',
    'x-ropeway-output-budget': '8192',
    'x-ropeway-reason': 'smallest-rope',
  });
});

it('tells of a clipped output, and only then', () => {
  expect(routeHeaders({ ...dispatch, clippedOutput: 100 })).toMatchObject({
    'x-ropeway-output-clipped': '100',
  });
  expect(routeHeaders(dispatch)).not.toHaveProperty('x-ropeway-output-clipped');
});

it('tells of a refusal what was known of it', () => {
  const fault = new Fault('context_length_exceeded');
  expect(routeHeaders({ kind: 'refuse', demand, pools: [], fault })).toEqual({
    'x-ropeway-prompt-tokens': '36000',
    'x-ropeway-output-budget': '8192',
  });
  expect(routeHeaders({ kind: 'refuse', demand: null, pools: [], fault })).toEqual({});
});

it('leaves nothing of an earlier decision of the same request', () => {
  const headers = routeHeaders({ ...dispatch, clippedOutput: 100 }, { 'x-request-id': 'r' });
  const fault = new Fault('pool_unavailable');
  expect(routeHeaders({ kind: 'refuse', demand: null, pools: [], fault }, headers)).toEqual({
    'x-request-id': 'r',
  });
});
