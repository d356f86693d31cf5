import { expect, it } from '@jest/globals';
import { gpuHours } from './gpu-hours.ts';
import { quantile } from './quantile.ts';

const DAY = { startMs: 1_000, dayMs: 24_000, fixedWorkers: 3 };

it('counts a second for an hour where a day takes 24 seconds', () => {
  expect(gpuHours([{ fromMs: 2_000, untilMs: 4_000 }], DAY)).toEqual({ used: 2, fixed: 72 });
});

it('counts what is held at the end until the end, and nothing outside of the day', () => {
  expect(gpuHours([{ fromMs: 0, untilMs: null }], DAY).used).toBe(24);
  expect(gpuHours([{ fromMs: 0, untilMs: 900 }], DAY).used).toBe(0);
  expect(gpuHours([{ fromMs: 24_000, untilMs: 99_000 }], DAY).used).toBe(1);
  expect(gpuHours([{ fromMs: 26_000, untilMs: 27_000 }], DAY).used).toBe(0);
});

it('adds up over workers', () => {
  const held = [
    { fromMs: 1_000, untilMs: 3_000 },
    { fromMs: 2_000, untilMs: 3_000 },
  ];
  expect(gpuHours(held, DAY).used).toBe(3);
});

it.each([
  [[], 0.5, null],
  [[7], 0.95, 7],
  [[3, 1, 2], 0.5, 2],
  [[4, 3, 2, 1], 0.5, 2],
  [[1, 2, 3], 0, 1],
  [[10, 20], 1, 20],
])('the quantile of %j at %d is %s', (values, share, expected) => {
  expect(quantile(values, share)).toBe(expected);
});
