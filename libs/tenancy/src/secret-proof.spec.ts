import { describe, expect, it } from '@jest/globals';
import { keyDigest } from './key-digest.ts';
import { newKeyToken } from './key-token.ts';
import { SecretProof } from './secret-proof.ts';
import { storedKeyUnderTest } from './stored-key-under-test.ts';

const OLD = 'first pepper of these tests, 32 bytes and more';
const NEW = 'second pepper of these tests, 32 bytes and more';
const { secret } = newKeyToken('live');
const underOld = storedKeyUnderTest({ digest: keyDigest(OLD, secret), pepperVersion: 1 });
const underNew = storedKeyUnderTest({ digest: keyDigest(NEW, secret), pepperVersion: 2 });

function proofWith(...peppers: [number, string][]) {
  const clock = { nowMs: 0 };
  const proof = new SecretProof(new Map(peppers), { nowMs: () => clock.nowMs, moveAfterMs: 1_000 });
  return { clock, proof };
}

describe('SecretProof', () => {
  it('proves a secret under whichever pepper its digest was made with, and no other secret', () => {
    const { proof } = proofWith([1, OLD], [2, NEW]);
    for (const stored of [underOld, underNew]) {
      expect(proof.proves(stored, secret)).toBe(true);
      expect(proof.proves(stored, newKeyToken('live').secret)).toBe(false);
      expect(proof.proves({ ...stored, pepperVersion: 3 - stored.pepperVersion }, secret)).toBe(false);
    }
  });

  it('knows that it cannot prove what was made with a pepper it does not have', () => {
    const { proof } = proofWith([1, OLD]);
    expect([proof.canProve(underOld), proof.canProve(underNew)]).toEqual([true, false]);
    expect(proof.proves(underNew, secret)).toBe(false);
  });

  it('lets digests move to a new pepper when it has been there for a while, counted from when it came', () => {
    const { clock, proof } = proofWith([1, OLD]);
    expect(proof.isOld(underOld)).toBe(false);
    clock.nowMs = 5_000;
    proof.usePeppers(
      new Map([
        [1, OLD],
        [2, NEW],
      ]),
    );
    expect([proof.isOld(underOld), proof.isOld(underNew), proof.mayMove]).toEqual([true, false, false]);
    clock.nowMs = 5_999;
    proof.usePeppers(
      new Map([
        [1, OLD],
        [2, NEW],
      ]),
    );
    expect(proof.mayMove).toBe(false);
    clock.nowMs = 6_000;
    expect(proof.mayMove).toBe(true);
    expect(proof.newest).toEqual({ version: 2, pepper: NEW });
  });

  it('refuses to go without a pepper, and keeps those it has', () => {
    expect(() => proofWith()).toThrow(RangeError);
    const { proof } = proofWith([1, OLD]);
    expect(() => proof.usePeppers(new Map())).toThrow(RangeError);
    expect(proof.proves(underOld, secret)).toBe(true);
  });
});
