import { expect, it } from '@jest/globals';
import { jitteredPauseMs } from './jittered-pause.ts';

it('doubles from try to try, up to its bound, with half of it left to chance', () => {
  expect([0, 1, 2].map((failures) => jitteredPauseMs(failures, 1))).toEqual([100, 200, 400]);
  expect([0, 1, 2].map((failures) => jitteredPauseMs(failures, 0))).toEqual([50, 100, 200]);
  expect(jitteredPauseMs(1_000_000, 1)).toBe(5_000);
});
