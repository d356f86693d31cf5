import { describe, expect, it } from '@jest/globals';
import { NO_SCOPES } from './caller.ts';
import { KnownKey } from './known-key.ts';
import { type StoredKeyChanges, storedKeyUnderTest } from './stored-key-under-test.ts';

const ADDRESS = '192.0.2.1';
const NOW_MS = 1_000_000;
const key = (changes: StoredKeyChanges = {}) => new KnownKey(storedKeyUnderTest(changes), 0);
const codeOf = (known: KnownKey, nowMs = NOW_MS) => {
  const answer = known.answer('live', ADDRESS, nowMs);
  return answer.known ? 'known' : answer.code;
};

describe('KnownKey', () => {
  it('lets in a key with nothing against it, with the same caller each time', () => {
    const known = key();
    const answer = known.answer('live', ADDRESS, NOW_MS);
    expect(answer).toEqual({ known: true, caller: known.stored.caller });
    expect(known.answer('live', ADDRESS, NOW_MS)).toBe(answer);
  });

  it('expires at its date, to the millisecond', () => {
    const known = key({ expiresAtMs: NOW_MS });
    expect([codeOf(known, NOW_MS - 1), codeOf(known)]).toEqual(['known', 'key_expired']);
  });

  it('says revoked before all else, then expired, then what else stands against it', () => {
    const all = { isRevoked: true, isSuspended: true, expiresAtMs: 0 };
    expect(codeOf(key(all))).toBe('key_revoked');
    expect(codeOf(key({ ...all, isRevoked: false }))).toBe('key_expired');
    expect(codeOf(key({ isSuspended: true }))).toBe('key_not_allowed');
  });

  it('tells apart a wrong environment, a suspended tenant and a wrong address', () => {
    const bound = key({ caller: { scopes: { ...NO_SCOPES, cidrs: ['198.51.100.0/24'] } } });
    const answers = [
      key({ caller: { environment: 'test' } }).answer('live', ADDRESS, NOW_MS),
      key({ isSuspended: true }).answer('live', ADDRESS, NOW_MS),
      bound.answer('live', ADDRESS, NOW_MS),
    ];
    const messages = answers.map((answer) => ('message' in answer ? answer.message : null));
    expect(messages).toEqual([
      'This is a test key: it begins with rw_test_, not with rw_live_.',
      'The tenant of this key is suspended.',
      'This key may not be used from this address.',
    ]);
    expect(bound.answer('live', '198.51.100.9', NOW_MS).known).toBe(true);
    expect(bound.answer('live', 'unknown', NOW_MS).known).toBe(false);
  });

  it('lets in nobody by an empty list of ranges, nor by one that cannot be read', () => {
    for (const cidrs of [[], ['everywhere']]) {
      expect(codeOf(key({ caller: { scopes: { ...NO_SCOPES, cidrs } } }))).toBe('key_not_allowed');
    }
  });

  it('remembers the text that proved it, until its digest is another', () => {
    const known = key();
    expect(known.wasProvenBy('text')).toBe(false);
    known.provenBy('text');
    expect([known.wasProvenBy('text'), known.wasProvenBy('texT')]).toEqual([true, false]);
    known.update(storedKeyUnderTest({ plan: 'other' }), 1);
    expect(known.wasProvenBy('text')).toBe(true);
    known.update(storedKeyUnderTest({ digest: Buffer.alloc(32, 1) }), 2);
    expect(known.wasProvenBy('text')).toBe(false);
  });

  it('takes its new rights at once, and never goes back to what was read earlier', () => {
    const known = key();
    known.update(storedKeyUnderTest({ isRevoked: true }), 10);
    known.update(storedKeyUnderTest(), 9);
    expect(codeOf(known)).toBe('key_revoked');
    known.update(storedKeyUnderTest(), 11);
    expect(codeOf(known)).toBe('known');
  });
});
