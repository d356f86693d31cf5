import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { editDistance, nearestName } from './nearest-name.ts';

describe('nearestName', () => {
  it('finds the name that was meant', () => {
    const known = ['port', 'host', 'publicHost'];
    expect(nearestName('prot', known)).toBe('port');
    expect(nearestName('PublicHosts', known)).toBe('publicHost');
  });

  it('guesses nothing from a name unlike any', () => {
    expect(nearestName('colour', ['port', 'host'])).toBeNull();
    expect(nearestName('x', [])).toBeNull();
  });
});

describe('editDistance', () => {
  it('is 0 for equal texts, the same both ways, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
