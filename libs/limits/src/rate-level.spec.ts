import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scaledDown, scaledUp } from './rate-level.ts';

/** Of limits whose product a double holds: 94 million each. */
const limits = fc.integer({ min: 1, max: 94_000_000 });

it('scales a level to a lower limit exactly, rounded against who took it', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), limits, limits, (level, limit, old) => {
      const [lower, higher] = [BigInt(Math.min(limit, old)), BigInt(Math.max(limit, old))];
      const product = BigInt(level) * lower;
      const down = product / higher;
      expect(BigInt(scaledDown(level, Number(lower), Number(higher)))).toBe(down);
      expect(BigInt(scaledUp(level, Number(lower), Number(higher)))).toBe(
        product % higher === 0n ? down : down + 1n,
      );
    }),
  );
});

it('leaves a level as it is under a higher limit', () => {
  expect([scaledUp(1_001, 70, 7), scaledDown(1_001, 70, 7)]).toEqual([1_001, 1_001]);
});
