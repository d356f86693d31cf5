import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { backOffMs } from './back-off.ts';

const options = { firstPauseMs: 100, longestPauseMs: 10_000 };

it('doubles from failure to failure up to the longest pause', () => {
  expect([1, 2, 3, 7, 8, 5_000].map((failures) => backOffMs(failures, 1, options))).toEqual([
    100, 200, 400, 6_400, 10_000, 10_000,
  ]);
});

it('is half chance', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (failures, random) => {
        const longest = backOffMs(failures, 1, options);
        const pause = backOffMs(failures, random, options);
        expect(pause).toBeGreaterThanOrEqual(longest / 2);
        expect(pause).toBeLessThanOrEqual(longest);
      },
    ),
  );
});
