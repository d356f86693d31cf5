import { expect, it } from '@jest/globals';
import { Lifecycle } from './lifecycle.ts';

/** Longer than any test: a drain that ends ends for another reason. */
const NEVER_MS = 2_000_000_000;

it('drains at once when nothing runs', async () => {
  const lifecycle = new Lifecycle();
  expect(lifecycle.isDraining).toBe(false);
  expect(await lifecycle.drain(NEVER_MS)).toBe(true);
  expect(lifecycle.isDraining).toBe(true);
});

it('drains when the last of several requests has ended, not before', async () => {
  const lifecycle = new Lifecycle();
  lifecycle.begin();
  lifecycle.begin();
  let drained = false;
  const draining = lifecycle.drain(NEVER_MS).then((all) => {
    drained = all;
  });
  lifecycle.end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(drained).toBe(false);
  lifecycle.end();
  await draining;
  expect(drained).toBe(true);
});

it('takes requests while it leaves, and is still leaving while it drains', async () => {
  const lifecycle = new Lifecycle();
  expect(lifecycle.isLeaving).toBe(false);
  lifecycle.leave();
  expect([lifecycle.isLeaving, lifecycle.isDraining]).toEqual([true, false]);
  await new Lifecycle().drain(NEVER_MS);
  await lifecycle.drain(NEVER_MS);
  expect([lifecycle.isLeaving, lifecycle.isDraining]).toEqual([true, true]);
});

it('gives up at the limit and says so', async () => {
  const lifecycle = new Lifecycle();
  lifecycle.begin();
  expect(await lifecycle.drain(1)).toBe(false);
  lifecycle.end();
  expect(lifecycle.running).toBe(0);
});

it('counts along what runs, for the metrics', () => {
  const running = { requests: 0 };
  const lifecycle = new Lifecycle(running);
  lifecycle.begin();
  expect([running.requests, lifecycle.running]).toEqual([1, 1]);
  lifecycle.end();
  expect(running.requests).toBe(0);
});
