import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newKeyToken, parseKeyToken, tokenText } from './key-token.ts';

const BASE62 = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];

describe('a key token', () => {
  it('reads back what it wrote, in both environments', () => {
    for (const environment of ['live', 'test'] as const) {
      const token = newKeyToken(environment);
      expect(parseKeyToken(tokenText(token))).toEqual(token);
    }
  });

  it('has the published shape', () => {
    expect(tokenText(newKeyToken('live'))).toMatch(
      /^rw_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/,
    );
  });

  it('keeps the checksum of released keys', () => {
    const token = { environment: 'live', id: '0'.repeat(12), secret: 'A'.repeat(43) } as const;
    expect(tokenText(token)).toBe(`rw_live_${'0'.repeat(12)}_${'A'.repeat(43)}_07XsLo`);
  });

  it('refuses a key with any one character changed', () => {
    const text = tokenText(newKeyToken('live'));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...BASE62, '_', ' ', 'é'), (at, character) => {
        fc.pre(text[at] !== character);
        expect(parseKeyToken(text.slice(0, at) + character + text.slice(at + 1))).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it('uses every character of its alphabet about equally often', () => {
    const counts = new Map(BASE62.map((character) => [character, 0]));
    const length = 2_000 * 43;
    for (let key = 0; key < 2_000; key++) {
      for (const character of newKeyToken('live').secret)
        counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    const expected = length / 62;
    const chiSquared = [...counts.values()].reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    // 61 degrees of freedom: exceeds 140 once in about 10^7 runs; taking bytes modulo 62 gives over 1,000.
    expect(chiSquared).toBeLessThan(140);
  });
});
