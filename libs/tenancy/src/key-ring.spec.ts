import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NO_LIMITS } from '#limits';
import { type Caller, NO_SCOPES } from './caller.ts';
import type { KeyDeclaration } from './identify.ts';
import { keyDigest } from './key-digest.ts';
import { KeyRing } from './key-ring.ts';
import { newKeyToken, tokenText } from './key-token.ts';

const PEPPERS = new Map([
  [1, 'first pepper of these tests, 32 bytes and more'],
  [2, 'second pepper of these tests, 32 bytes and more'],
]);
const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
const ADDRESS = '192.0.2.1';
const UNKNOWN = { known: false, code: 'invalid_api_key' };

function makeKey(changes: Partial<KeyDeclaration> = {}) {
  const token = newKeyToken(changes.environment ?? 'live');
  const pepper = PEPPERS.get(changes.pepperVersion ?? 1) ?? '';
  const declaration: KeyDeclaration = {
    id: token.id,
    digest: keyDigest(pepper, token.secret).toString('hex'),
    pepperVersion: 1,
    tenant: 'acme',
    requestsPerMinute: null,
    allowedFields: [],
    models: null,
    expiresAt: null,
    ...changes,
  };
  return { token, declaration, header: `Bearer ${tokenText(token)}` };
}

function ringOf(...keys: { declaration: KeyDeclaration }[]): KeyRing {
  return new KeyRing(
    keys.map(({ declaration }) => declaration),
    PEPPERS,
  );
}

function callerOf(ring: KeyRing, header: string): Caller | null {
  const identified = ring.identify(header, ADDRESS, NOW_MS);
  return identified.known ? identified.caller : null;
}

describe('KeyRing', () => {
  it('knows the caller of a declared key, the first time and again', () => {
    const key = makeKey({ requestsPerMinute: 600, allowedFields: ['priority'], models: ['qwq-32b'] });
    const ring = ringOf(makeKey(), key);
    const expected = {
      keyId: key.token.id,
      lineage: key.token.id,
      tenant: 'acme',
      environment: 'live',
      tenantLimits: NO_LIMITS,
      keyLimits: { ...NO_LIMITS, requestsPerMinute: 600 },
      scopes: { ...NO_SCOPES, models: ['qwq-32b'], allowedFields: ['priority'] },
      allowedFields: new Set(['priority']),
      models: new Set(['qwq-32b']),
      timeZone: 'UTC',
      isStrict: false,
      isPrepaid: false,
    };
    expect(callerOf(ring, key.header)).toEqual(expected);
    expect(callerOf(ring, key.header)).toEqual(expected);
  });

  it('tells the holder of a secret that it was sent as a key of the other environment', () => {
    for (const [environment, other] of [
      ['live', 'test'],
      ['test', 'live'],
    ] as const) {
      const key = makeKey({ environment });
      const ring = ringOf(key);
      const renamed = { ...key.token, environment: other };
      const answer = { known: false, code: 'key_not_allowed', message: expect.stringContaining(environment) };
      expect(ring.identify(`Bearer ${tokenText(renamed)}`, ADDRESS, NOW_MS)).toEqual(answer);
      expect(callerOf(ring, key.header)?.environment).toBe(environment);
      expect(ring.identify(`Bearer ${tokenText(renamed)}`, ADDRESS, NOW_MS)).toEqual(answer);
      const guessed = tokenText({ ...renamed, secret: newKeyToken('live').secret });
      expect(ring.identify(`Bearer ${guessed}`, ADDRESS, NOW_MS)).toEqual(UNKNOWN);
    }
  });

  it('answers an unknown key, a wrong secret, a damaged key and no key alike', () => {
    const key = makeKey();
    const ring = ringOf(key);
    const wrong = `Bearer ${tokenText({ ...key.token, secret: newKeyToken('live').secret })}`;
    const answers = [makeKey().header, wrong, key.header.slice(0, -1), 'Bearer', '', undefined].map(
      (header) => ring.identify(header, ADDRESS, NOW_MS),
    );
    expect(answers).toEqual(answers.map(() => UNKNOWN));
  });

  it('still refuses a wrong secret after the right one was proved', () => {
    const key = makeKey();
    const ring = ringOf(key);
    ring.identify(key.header, ADDRESS, NOW_MS);
    const wrong = `Bearer ${tokenText({ ...key.token, secret: newKeyToken('live').secret })}`;
    expect(ring.identify(wrong, ADDRESS, NOW_MS)).toEqual(UNKNOWN);
  });

  it('tells only the holder of the secret that a key has expired', () => {
    const key = makeKey({ expiresAt: '2026-11-23T12:00:00Z' });
    const ring = ringOf(key);
    const wrong = `Bearer ${tokenText({ ...key.token, secret: newKeyToken('live').secret })}`;
    expect(ring.identify(key.header, ADDRESS, NOW_MS - 1).known).toBe(true);
    expect(ring.identify(key.header, ADDRESS, NOW_MS)).toEqual({ known: false, code: 'key_expired' });
    expect(ring.identify(wrong, ADDRESS, NOW_MS)).toEqual(UNKNOWN);
  });

  it('checks each key under the pepper it names', () => {
    const [old, young] = [makeKey(), makeKey({ pepperVersion: 2 })];
    const ring = ringOf(old, young);
    expect(callerOf(ring, old.header)?.keyId).toBe(old.token.id);
    expect(callerOf(ring, young.header)?.keyId).toBe(young.token.id);
    const confused = { declaration: { ...young.declaration, pepperVersion: 1 } };
    expect(callerOf(ringOf(confused), young.header)).toBeNull();
  });

  it('forgets a key taken out on reload, proved or not, and knows the new one', () => {
    const [gone, added] = [makeKey(), makeKey()];
    const ring = ringOf(gone);
    ring.identify(gone.header, ADDRESS, NOW_MS);
    ring.replace([added.declaration], PEPPERS);
    expect(ring.identify(gone.header, ADDRESS, NOW_MS)).toEqual(UNKNOWN);
    expect(callerOf(ring, added.header)?.keyId).toBe(added.token.id);
  });

  it('keeps the old keys when the new ones cannot be used', () => {
    const key = makeKey();
    const ring = ringOf(key);
    expect(() => ring.replace([{ ...makeKey().declaration, pepperVersion: 9 }], PEPPERS)).toThrow(/pepper 9/);
    expect(() => ring.replace([{ ...makeKey().declaration, digest: 'abc' }], PEPPERS)).toThrow(/32 bytes/);
    expect(callerOf(ring, key.header)?.keyId).toBe(key.token.id);
  });

  it('lets nobody in without keys', () => {
    const ring = new KeyRing([], new Map());
    expect(ring.identify(makeKey().header, ADDRESS, NOW_MS)).toEqual(UNKNOWN);
  });

  it('takes the scheme in any case and with any number of spaces', () => {
    const key = makeKey();
    const text = tokenText(key.token);
    for (const header of [`bearer ${text}`, `BEARER   ${text}`, `Bearer ${text}  `]) {
      expect(callerOf(ringOf(key), header)?.keyId).toBe(key.token.id);
    }
    for (const header of [
      text,
      `Basic ${text}`,
      `Bearer\t${text}`,
      `Bearer ${text}, ${text}`,
      `Bearer${text}`,
    ]) {
      expect(callerOf(ringOf(key), header)).toBeNull();
    }
  });

  it('never throws and never lets in any other header', () => {
    const key = makeKey();
    const ring = ringOf(key);
    const text = tokenText(key.token);
    const pieces = fc.constantFrom(
      'Bearer ',
      text,
      text.slice(8),
      key.token.id,
      "' OR 1=1 --",
      '\0',
      '__proto__',
      '_',
    );
    const header = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc
        .array(fc.oneof(pieces, fc.string({ maxLength: 20 })), { maxLength: 6 })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(header, (sent) => {
        const isTheKey = /^bearer +(\S+) *$/i.exec(sent)?.[1] === text;
        expect(ring.identify(sent, ADDRESS, NOW_MS).known).toBe(isTheKey);
      }),
      { numRuns: 5_000 },
    );
  });
});
