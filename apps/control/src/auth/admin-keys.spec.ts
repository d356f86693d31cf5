import { describe, expect, it } from '@jest/globals';
import { newAdminKey, newKeyToken, tokenText } from '#tenancy';
import { Problem } from '../http/problem.ts';
import { AdminKeys } from './admin-keys.ts';

const admin = newAdminKey('admin');
const viewer = newAdminKey('viewer');
const stranger = newAdminKey('admin');
const bearer = (text: string) => `Bearer ${text}`;
const keysOf = (failedPerMinute = 60) => new AdminKeys({ keys: [admin.key, viewer.key], failedPerMinute });

function refusal(
  keys: AdminKeys,
  authorization: string | undefined,
  address = '192.0.2.1',
  nowMs = 0,
): string {
  try {
    keys.identify(authorization, address, nowMs);
    return 'let in';
  } catch (error) {
    return error instanceof Problem ? error.code : 'another error';
  }
}

describe('admin keys', () => {
  it('know who asks, and in which role', () => {
    const keys = keysOf();
    expect(keys.identify(bearer(admin.text), '', 0)).toEqual({
      id: admin.key.id,
      role: 'admin',
      actor: `admin:${admin.key.id}`,
    });
    expect(keys.identify(`bearer  ${viewer.text}`, '', 0).role).toBe('viewer');
  });

  it('let in neither unknown keys, nor those of a gateway, nor junk', () => {
    const wrong = [
      undefined,
      '',
      bearer(''),
      admin.text,
      `Basic ${admin.text}`,
      bearer(stranger.text),
      bearer(tokenText(newKeyToken('live'))),
      bearer(`${admin.text}${admin.text}`),
      bearer(`${admin.text} x`),
      `Bearer ${'a'.repeat(10_000)}`,
    ];
    const keys = keysOf(600);
    for (const authorization of wrong) expect(refusal(keys, authorization)).toBe('unauthorized');
  });

  it('let in no key with the id of one and the secret of another', () => {
    const forged = newAdminKey('admin');
    const keys = new AdminKeys({ keys: [{ ...admin.key, id: forged.key.id }], failedPerMinute: 60 });
    expect(refusal(keys, bearer(forged.text))).toBe('unauthorized');
  });

  it('hold up wrong keys of one address, but no right one and nobody else', () => {
    const keys = keysOf(6);
    const tries = Array.from({ length: 3 }, () => refusal(keys, bearer(stranger.text)));
    expect(tries).toEqual(['unauthorized', 'too_many_attempts', 'too_many_attempts']);
    expect(refusal(keys, bearer(admin.text))).toBe('let in');
    expect(refusal(keys, bearer(stranger.text), '192.0.2.2')).toBe('unauthorized');
    expect(refusal(keys, bearer(stranger.text), '192.0.2.1', 10_000)).toBe('unauthorized');
  });

  it('say when a wrong key may be tried again', () => {
    const keys = keysOf(6);
    refusal(keys, undefined);
    expect(() => keys.identify(undefined, '192.0.2.1', 0)).toThrow(
      expect.objectContaining({ headers: { 'retry-after': '10' } }),
    );
  });
});
