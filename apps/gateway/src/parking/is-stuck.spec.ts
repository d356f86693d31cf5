import { expect, it } from '@jest/globals';
import type { Obstacle } from '#workers';
import { isStuck } from './is-stuck.ts';
import { aPool, aStuckPool, aWorker } from './parking-lot-under-test.ts';

const grace = { unschedulableMs: 600_000, obstacleMs: 20_000 };
const since = (kind: Obstacle['kind'], forMs: number) =>
  isStuck(aStuckPool('yarn-4', { kind, detail: 'x', sinceMs: 5_000 }), 5_000 + forMs, grace);

it.each([
  ['unschedulable', 599_999, false],
  ['unschedulable', 600_000, true],
  ['image', 19_999, false],
  ['image', 20_000, true],
  ['crash-loop', 20_000, true],
  ['config', 20_000, true],
] as const)('%s for %d ms: %s', (kind, forMs, stuck) => {
  expect(since(kind, forMs)).toBe(stuck);
});

it('is no pool without an obstacle, and none that has a worker to use', () => {
  const coming = { pods: 1, obstacle: { kind: 'image', detail: 'x', sinceMs: 0 } } as const;
  expect(isStuck(aPool('yarn-4', { coming: { pods: 1, obstacle: null } }), 1e9, grace)).toBe(false);
  expect(isStuck(aPool('yarn-4', { coming, workers: [aWorker('yarn-4')] }), 1e9, grace)).toBe(false);
  const stalled = aWorker('yarn-4', { isStalled: true });
  expect(isStuck(aPool('yarn-4', { coming, workers: [stalled] }), 1e9, grace)).toBe(true);
});
