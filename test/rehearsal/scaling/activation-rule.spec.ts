import { expect, it } from '@jest/globals';
import { ActivationRule } from './activation-rule.ts';

const rule = (minReplicas = 0) => new ActivationRule({ minReplicas, cooldownMs: 8_000 });

it('wakes a sleeping pool by a push, and by a poll', () => {
  expect(rule().pushed(0, 0)).toBe(1);
  expect(rule().polled(0, true, 0)).toBe(1);
});

it('leaves the number above one to the autoscaler', () => {
  const keda = rule();
  expect([keda.pushed(3, 0), keda.polled(3, true, 1), keda.polled(3, false, 2)]).toEqual([3, 3, 3]);
});

it('takes all of them once the cool-down after the last activity is over', () => {
  const keda = rule();
  keda.pushed(0, 0);
  keda.polled(2, true, 4_000);
  expect(keda.polled(2, false, 12_000)).toBe(2);
  expect(keda.polled(2, false, 12_001)).toBe(0);
});

it('changes nothing without an answer, and lets the cool-down run on', () => {
  const keda = rule();
  keda.pushed(0, 0);
  expect(keda.polled(2, null, 60_000)).toBe(2);
  expect(keda.polled(2, false, 60_001)).toBe(0);
});

it('never goes below the minimum', () => {
  expect(rule(1).polled(1, false, 60_000)).toBe(1);
  expect(rule(1).polled(0, null, 0)).toBe(1);
});
