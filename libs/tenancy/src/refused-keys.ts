// The answers to keys that may not be used, made once: a flood of them allocates nothing.
import type { RefusedKey } from './identify.ts';
import type { KeyEnvironment } from './key-token.ts';

export const INVALID: RefusedKey = { known: false, code: 'invalid_api_key' };
export const EXPIRED: RefusedKey = { known: false, code: 'key_expired' };
export const REVOKED: RefusedKey = { known: false, code: 'key_revoked' };

const LIVE_SENT_AS_TEST = notAllowed('This is a live key: it begins with rw_live_, not with rw_test_.');
const TEST_SENT_AS_LIVE = notAllowed('This is a test key: it begins with rw_test_, not with rw_live_.');

/** Id and secret are those of a key, the environment in front of them is not the one it was made for. */
export function otherEnvironment(madeFor: KeyEnvironment): RefusedKey {
  return madeFor === 'live' ? LIVE_SENT_AS_TEST : TEST_SENT_AS_LIVE;
}

/** `message` is public, and read by nobody but the holder of the secret. */
export function notAllowed(message: string): RefusedKey {
  return { known: false, code: 'key_not_allowed', message };
}
