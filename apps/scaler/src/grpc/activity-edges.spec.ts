import { expect, it } from '@jest/globals';
import { ActivityEdges } from './activity-edges.ts';

const asleep = { isActive: true, readyWorkers: 0 };
const awake = { isActive: true, readyWorkers: 1 };
const idle = { isActive: false, readyWorkers: 0 };
const unknown = { isActive: null, readyWorkers: 0 };

it.each([
  [idle, false],
  [asleep, true],
])('says its state when it opens', (activity, said) => {
  expect(new ActivityEdges().next(activity, 0)).toBe(said);
});

it('says nothing while nothing is known, then its state', () => {
  const edges = new ActivityEdges();
  expect(edges.next(unknown, 0)).toBeNull();
  expect(edges.next(idle, 1)).toBe(false);
});

it('says that the pool is needed once, and not that it is no longer', () => {
  const edges = new ActivityEdges();
  edges.next(idle, 0);
  expect(
    [awake, awake, idle, idle, awake].map((activity, at) => edges.next(activity, 1_000 * (at + 1))),
  ).toEqual([true, null, null, null, true]);
});

it('says it again every five seconds while the pool has no worker, and then no more', () => {
  const edges = new ActivityEdges();
  edges.next(asleep, 0);
  expect(edges.next(asleep, 4_999)).toBeNull();
  expect(edges.next(asleep, 5_000)).toBe(true);
  expect(edges.next(asleep, 9_999)).toBeNull();
  expect(edges.next(asleep, 10_000)).toBe(true);
  expect(edges.next(awake, 15_000)).toBeNull();
  expect(edges.next(awake, 60_000)).toBeNull();
});

it('does not take a moment of not knowing for an edge', () => {
  const edges = new ActivityEdges();
  edges.next(awake, 0);
  edges.next(unknown, 1);
  expect(edges.next(awake, 2)).toBeNull();
});
