import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RevokedKeys } from './identify.ts';
import { RevocationNotices } from './revocation-notices.ts';
import type { StoredKey } from './stored-key.ts';
import { storedKeyUnderTest } from './stored-key-under-test.ts';

const HOUR_MS = 3_600_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function start(...stored: StoredKey[]) {
  const told: RevokedKeys[] = [];
  const notices = new RevocationNotices(() => Date.now());
  notices.onRevoked((revoked) => told.push(revoked));
  notices.watch(stored);
  return { notices, told };
}

const expired = (...keyIds: string[]) => ({ code: 'key_expired', keyIds, tenant: null });

describe('RevocationNotices', () => {
  it('tells of each key when its date has come, once', () => {
    const nowMs = Date.now();
    const keys = [100, 200, 200, 2 * HOUR_MS].map((afterMs, at) =>
      storedKeyUnderTest({ id: `key${at}`, expiresAtMs: nowMs + afterMs }),
    );
    const { told } = start(...keys, storedKeyUnderTest());
    jest.advanceTimersByTime(99);
    expect(told).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(told).toEqual([expired('key0')]);
    jest.advanceTimersByTime(HOUR_MS);
    expect(told).toEqual([expired('key0'), expired('key1', 'key2')]);
    jest.advanceTimersByTime(HOUR_MS);
    expect(told).toEqual([expired('key0'), expired('key1', 'key2'), expired('key3')]);
  });

  it('keeps a date that is years away, and does not busy itself until then', () => {
    const { told } = start(storedKeyUnderTest({ expiresAtMs: Date.now() + 200 * 365 * 24 * HOUR_MS }));
    jest.advanceTimersByTime(24 * HOUR_MS);
    expect(told).toEqual([]);
    expect(jest.getTimerCount()).toBe(1);
  });

  it('follows a wall clock that was set forth within a minute', () => {
    const { told } = start(storedKeyUnderTest({ id: 'a', expiresAtMs: Date.now() + 10 * HOUR_MS }));
    jest.setSystemTime(Date.now() + 11 * HOUR_MS);
    jest.advanceTimersByTime(60_000);
    expect(told).toEqual([expired('a')]);
  });

  it('tells why: revoked, expired, suspended as a whole tenant, gone', () => {
    const { notices, told } = start();
    notices.tellOf([
      storedKeyUnderTest({ id: 'fine' }),
      storedKeyUnderTest({ id: 'revoked', isRevoked: true, expiresAtMs: 0 }),
      storedKeyUnderTest({ id: 'expired', expiresAtMs: Date.now() }),
    ]);
    notices.tellSuspended(new Set(['late-payer']));
    notices.tellGone(['gone']);
    expect(told).toEqual([
      { code: 'key_revoked', keyIds: ['revoked'], tenant: null },
      expired('expired'),
      { code: 'key_not_allowed', keyIds: [], tenant: 'late-payer' },
      { code: 'key_revoked', keyIds: ['gone'], tenant: null },
    ]);
  });

  it('goes by the date that was read last, and by none of a key that is gone', () => {
    const key = (id: string, afterMs: number) =>
      storedKeyUnderTest({ id, expiresAtMs: Date.now() + afterMs });
    const { notices, told } = start(key('later', 100), key('sooner', 10_000), key('gone', 50));
    notices.watch([key('later', 20_000), key('sooner', 10)]);
    notices.tellGone(['gone']);
    jest.advanceTimersByTime(1_000);
    expect(told).toEqual([{ code: 'key_revoked', keyIds: ['gone'], tenant: null }, expired('sooner')]);
  });

  it('has no timer left once it is closed', () => {
    const { notices } = start(storedKeyUnderTest({ expiresAtMs: Date.now() + 1_000 }));
    notices.close();
    expect(jest.getTimerCount()).toBe(0);
  });
});
