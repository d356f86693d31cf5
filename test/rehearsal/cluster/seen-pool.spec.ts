import { expect, it } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import { PLAYED_POOLS, type PlayedPool } from '../day/played-pools.ts';
import { SeenPool } from './seen-pool.ts';

const [POOL] = PLAYED_POOLS as readonly [PlayedPool];

function pod(uid: string, isReady: boolean): V1Pod {
  return {
    metadata: { uid },
    status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  };
}

it('knows each pod from its first look to its last', () => {
  const seen = new SeenPool(POOL);
  seen.seePods([pod('a', false)], 100);
  seen.seePods([pod('a', true), pod('b', false)], 200);
  expect([seen.ready, seen.standing]).toEqual([1, 2]);
  seen.seePods([pod('a', false)], 300);
  seen.seePods([pod('a', true)], 400);
  seen.seePods([], 500);
  seen.seePods([], 600);
  expect([seen.ready, seen.standing]).toEqual([0, 0]);
  expect(seen.pods).toMatchObject([
    { bornMs: 100, readyMs: 200, goneMs: 500 },
    { bornMs: 200, readyMs: null, goneMs: 300 },
  ]);
});

it('says what was wanted before when that has changed, and keeps the most', () => {
  const seen = new SeenPool(POOL);
  const said = [1, 1, 3, 0].map((replicas) =>
    seen.seeDeployment({ spec: { replicas, selector: {}, template: {} } }),
  );
  expect(said).toEqual([null, null, 1, 3]);
  expect([seen.wanted, seen.mostWanted]).toEqual([0, 3]);
});
