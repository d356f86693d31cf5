import { expect, it } from '@jest/globals';
import { Activation, READY_GRACE_MS } from './activation.ts';

it('lives until its limit when no worker comes, and a worker after that ends no cold start', () => {
  const activation = new Activation(1_000, 900_000);
  expect(activation.isAlive(900_999)).toBe(true);
  expect(activation.isAlive(901_000)).toBe(false);
  expect(activation.workerReady(901_000)).toBeNull();
});

it('outlives the first ready worker by a grace, and tells once what the start took', () => {
  const activation = new Activation(1_000, 900_000);
  expect(activation.workerReady(61_000)).toBe(60_000);
  expect(activation.workerReady(62_000)).toBeNull();
  expect(activation.isWaking(61_000)).toBe(false);
  expect(activation.isAlive(61_000 + READY_GRACE_MS - 1)).toBe(true);
  expect(activation.isAlive(61_000 + READY_GRACE_MS)).toBe(false);
});
