import { describe, expect, it } from '@jest/globals';
import type { Identified, KeyStore } from './identify.ts';
import { keyDigest } from './key-digest.ts';
import { KeyRing } from './key-ring.ts';
import { KeyStores } from './key-stores.ts';
import { type KeyEnvironment, newKeyToken, tokenText } from './key-token.ts';

const PEPPERS = new Map([[1, 'pepper of these tests, 32 bytes and more']]);
const BOTH = ['live', 'test'] as const;
const INVALID = { known: false, code: 'invalid_api_key' };

function makeKey(tenant: string, environment: KeyEnvironment = 'live') {
  const token = newKeyToken(environment);
  const digest = keyDigest(PEPPERS.get(1) ?? '', token.secret).toString('hex');
  const rights = { requestsPerMinute: null, allowedFields: [], models: null, expiresAt: null };
  const ring = new KeyRing(
    [{ id: token.id, digest, pepperVersion: 1, tenant, environment, ...rights }],
    PEPPERS,
  );
  return { token, ring, header: `Bearer ${tokenText(token)}` };
}

/** Answers later, as a store over a network does. */
function later(store: KeyStore): KeyStore {
  return { identify: async (...asked) => store.identify(...asked) };
}

function tenantOf(identified: Identified): string | null {
  return identified.known ? identified.caller.tenant : null;
}

describe('KeyStores', () => {
  it('lets the store that has the id answer, at once or later', async () => {
    const [first, second, last] = [makeKey('first'), makeKey('second'), makeKey('last')];
    const own = [first.ring, second.ring];
    const stores = new KeyStores({ own, last: later(last.ring), environments: BOTH });
    const ask = async (header: string) => tenantOf(await stores.identify(header, '192.0.2.1', 0));
    expect(await ask(first.header)).toBe('first');
    expect(await ask(second.header)).toBe('second');
    expect(await ask(last.header)).toBe('last');
    expect(stores.identify(first.header, '192.0.2.1', 0)).not.toBeInstanceOf(Promise);
  });

  it('does not ask the next store about a wrong secret of a declared key', async () => {
    const declared = makeKey('declared');
    const stores = new KeyStores({
      own: [declared.ring],
      last: { identify: () => Promise.reject(new Error('asked')) },
      environments: BOTH,
    });
    const wrong = tokenText({ ...declared.token, secret: newKeyToken('live').secret });
    expect(await stores.identify(`Bearer ${wrong}`, '192.0.2.1', 0)).toEqual(INVALID);
  });

  it('answers junk and unknown keys alike', () => {
    const stores = new KeyStores({ own: [makeKey('a').ring], last: makeKey('b').ring, environments: BOTH });
    for (const header of [undefined, '', 'Bearer x', makeKey('c').header]) {
      expect(stores.identify(header, '192.0.2.1', 0)).toEqual(INVALID);
    }
  });

  it('refuses a proven key of an environment this gateway does not take, and says which it takes', async () => {
    for (const [taken, other] of [
      ['live', 'test'],
      ['test', 'live'],
    ] as const) {
      const [right, wrong] = [makeKey('right', taken), makeKey('wrong', other)];
      const stores = new KeyStores({
        own: [right.ring],
        last: later(wrong.ring),
        environments: [taken],
      });
      const message = `This is a ${other} key; this gateway takes ${taken} keys only.`;
      expect(tenantOf(await stores.identify(right.header, '192.0.2.1', 0))).toBe('right');
      expect(await stores.identify(wrong.header, '192.0.2.1', 0)).toEqual({
        known: false,
        code: 'key_not_allowed',
        message,
      });
      const guessed = tokenText({ ...wrong.token, secret: newKeyToken('live').secret });
      expect(await stores.identify(`Bearer ${guessed}`, '192.0.2.1', 0)).toEqual(INVALID);
    }
  });
});
