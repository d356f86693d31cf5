import { expect, it } from '@jest/globals';
import {
  FULL,
  POLICY,
  samplePool,
  sampleQuery,
  sampleWorker,
  statingQuery,
  threePools,
} from '../test/sample-fleet.ts';
import { chooseRoute } from './choose-route.ts';
import { type RouteQuery, WHY_NOT } from './route.ts';
import { tellWhyNot } from './why-not.ts';

const policy = { ...POLICY, spillAfterMs: 500 };

function verdicts(query: RouteQuery, fleet = threePools()) {
  return Object.fromEntries(
    chooseRoute(query, fleet, policy).pools.map(({ name, whyNot }) => [name, whyNot]),
  );
}

it('says of each pool whether it is too short, or larger than needed', () => {
  expect(verdicts(statingQuery(40_000, 10_000))).toEqual({
    default: 'too-short',
    'yarn-2': null,
    'yarn-4': 'larger-rope',
  });
});

it('says that a pool was full, or had no worker to give, when the request spilt', () => {
  const query = statingQuery(100, 20, { waitedMs: 500 });
  expect(verdicts(query, threePools({ 1: [{ load: FULL }] }))).toMatchObject({
    default: 'full',
    'yarn-2': null,
  });
  expect(verdicts(query, threePools({ 1: [{ state: 'down' }] }))).toMatchObject({
    default: 'no-ready-worker',
  });
});

it('says that every worker of a pool has failed this request', () => {
  const fleet = threePools();
  const excluded = fleet.pools.find(({ name }) => name === 'default')?.workers.map(({ id }) => id) ?? [];
  expect(verdicts(statingQuery(100, 20, { waitedMs: 500, excluded }), fleet)).toMatchObject({
    default: 'failed',
    'yarn-2': null,
  });
});

it('says which pools the key may not use, and which were not asked for', () => {
  const scope = { pools: ['yarn-4'], maxWindowTokens: null };
  expect(verdicts(statingQuery(100, 20, { scope }))).toEqual({
    default: 'out-of-scope',
    'yarn-2': 'out-of-scope',
    'yarn-4': null,
  });
  expect(verdicts(statingQuery(100, 20, { pinnedPool: 'yarn-2' }))).toEqual({
    default: 'not-pinned',
    'yarn-2': null,
    'yarn-4': 'not-pinned',
  });
});

it('says that another pool of the same rope had the cheaper worker', () => {
  const busy = {
    ...samplePool(1, 40_960, [sampleWorker('http://b', { load: FULL }), sampleWorker('http://c')]),
  };
  const idle = { ...samplePool(1, 40_960, [sampleWorker('http://a')]), name: 'other' };
  const decision = chooseRoute(statingQuery(100, 20), { pools: [idle, busy] }, policy);
  expect(decision.pools.map(({ whyNot }) => whyNot)).toEqual([null, 'not-the-cheapest']);
});

it('says why a refused request went nowhere', () => {
  expect(verdicts(sampleQuery(200_000))).toEqual({
    default: 'too-short',
    'yarn-2': 'too-short',
    'yarn-4': 'too-short',
  });
});

it('has a sentence for every word', () => {
  const told = WHY_NOT.map((whyNot) => tellWhyNot({ whyNot, windowTokens: 40_960, headroom: -40 }, 'yarn-2'));
  expect(told.map((each) => each?.code)).toEqual(WHY_NOT);
  const sentences = told.map((each) => each?.message);
  expect(new Set(sentences).size).toBe(WHY_NOT.length);
  expect(sentences[0]).toBe('Too short by 40 tokens: its window is 40960, the request needs 41000.');
  for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].+\.$/);
});

it('tells nothing of the chosen pool', () => {
  expect(tellWhyNot({ whyNot: null, windowTokens: 40_960, headroom: 40 }, 'default')).toBeNull();
});
