import { expect, it } from '@jest/globals';
import { LinePace } from './line-pace.ts';

it('knows nothing of a line that was never seen', () => {
  expect([new LinePace().usualMs, new LinePace().nowMs(5_000)]).toEqual([0, 0]);
});

it('takes the time between two departures, the newest counting most', () => {
  const pace = new LinePace();
  pace.began(0);
  for (let at = 1_000; at <= 20_000; at += 1_000) pace.moved(at);
  expect(pace.usualMs).toBe(1_000);
  pace.moved(24_000);
  expect(pace.usualMs).toBeCloseTo(1_450);
});

it('is at least as slow as the line has stood', () => {
  const pace = new LinePace();
  pace.began(0);
  pace.moved(1_000);
  expect(pace.nowMs(1_500)).toBe(1_000);
  expect(pace.nowMs(8_000)).toBe(7_000);
  pace.began(100_000);
  expect(pace.nowMs(100_200)).toBe(1_000);
});
