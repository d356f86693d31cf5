import { describe, expect, it } from '@jest/globals';
import { type AutoscalerTerms, HorizontalAutoscaler, replicasFor } from './horizontal-autoscaler.ts';

const FREE = { pods: 100, periodMs: 1_000, stabilisationMs: 0 };
const autoscaler = (terms: Partial<AutoscalerTerms> = {}) =>
  new HorizontalAutoscaler({ minReplicas: 0, maxReplicas: 10, scaleUp: FREE, scaleDown: FREE, ...terms });
const tokens = (total: number | null) => ({ total, target: 60_000 });

describe('a metric', () => {
  it.each([
    [1, 170_000, 3],
    [3, 60_000, 1],
    [2, 0, 0],
    [2, 131_000, 2],
    [2, 133_000, 3],
    [2, 109_000, 2],
  ])('with %d pods and %d tokens asks for %d', (current, total, replicas) => {
    expect(replicasFor(current, total, 60_000)).toBe(replicas);
  });
});

describe('several metrics', () => {
  it('are followed where they ask for most', () => {
    expect(autoscaler().decide(1, [tokens(170_000), { total: 4.1, target: 0.8 }], 0)).toBe(6);
  });

  it('never mean fewer pods while one of them is unknown', () => {
    expect(autoscaler().decide(3, [tokens(null), { total: 0.1, target: 0.8 }], 0)).toBe(3);
    expect(autoscaler().decide(3, [tokens(null), { total: 4, target: 0.8 }], 0)).toBe(5);
  });

  it('mean nothing while all are unknown', () => {
    expect(autoscaler().decide(3, [tokens(null)], 0)).toBe(3);
  });
});

it('stays within its bounds, and at one pod where zero is KEDA’s', () => {
  expect(autoscaler().decide(1, [tokens(0)], 0)).toBe(1);
  expect(autoscaler({ maxReplicas: 3 }).decide(1, [tokens(6e6)], 0)).toBe(3);
  expect(autoscaler({ minReplicas: 2 }).decide(3, [tokens(0)], 0)).toBe(2);
});

it('follows the largest recommendation of the window on its way down', () => {
  const steady = autoscaler({ scaleDown: { ...FREE, stabilisationMs: 5_000 } });
  expect(steady.decide(4, [tokens(240_000)], 0)).toBe(4);
  expect(steady.decide(4, [tokens(60_000)], 1_000)).toBe(4);
  expect(steady.decide(4, [tokens(120_000)], 4_000)).toBe(4);
  expect(steady.decide(4, [tokens(60_000)], 6_000)).toBe(2);
  expect(steady.decide(2, [tokens(60_000)], 10_000)).toBe(1);
});

it('adds and takes no more pods in a period than its policies let it', () => {
  const slow = autoscaler({
    scaleUp: { ...FREE, pods: 2, periodMs: 4_000 },
    scaleDown: { ...FREE, pods: 1, periodMs: 3_000 },
  });
  expect(slow.decide(1, [tokens(600_000)], 0)).toBe(3);
  expect(slow.decide(3, [tokens(600_000)], 1_000)).toBe(3);
  expect(slow.decide(3, [tokens(600_000)], 5_000)).toBe(5);
  expect(slow.decide(5, [tokens(0)], 20_000)).toBe(4);
  expect(slow.decide(4, [tokens(0)], 21_000)).toBe(4);
  expect(slow.decide(4, [tokens(0)], 24_000)).toBe(3);
});
