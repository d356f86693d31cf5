// Who asks? Answered from the headers alone, before a byte of the body is read.
import type { Caller } from './caller.ts';
import type { KeyEnvironment } from './key-token.ts';

/** A key as it stands in the configuration file: digest and rights, never the secret. */
export interface KeyDeclaration {
  /** Public id, the middle part of `rw_live_<id>_<secret>_<crc>`. */
  readonly id: string;
  /** HMAC-SHA-256(pepper, secret), hex. */
  readonly digest: string;
  readonly pepperVersion: number;
  readonly tenant: string;
  /** `live` when absent: what a token of this key begins with, `rw_live_` or `rw_test_`. */
  readonly environment?: KeyEnvironment;
  readonly requestsPerMinute: number | null;
  /** Body fields that steer the engine this key may use (decisions R7), e.g. `priority`. */
  readonly allowedFields: readonly string[];
  /** Models this key may use; null = all. */
  readonly models: readonly string[] | null;
  /** ISO 8601; null = never. */
  readonly expiresAt: string | null;
}

export type RefusedKey =
  /** Junk, unknown and wrong secret give one answer. */
  | { readonly known: false; readonly code: 'invalid_api_key' | 'key_expired' | 'key_revoked' }
  /** A proven key that may not do this: wrong address, wrong environment, suspended tenant. `message` is public. */
  | { readonly known: false; readonly code: 'key_not_allowed'; readonly message: string }
  /** The database is away and this key is not among the last known, or its tenant is strict, or they are too old. */
  | { readonly known: false; readonly code: 'keys_unavailable'; readonly retryAfterMs: number };

export type Identified = { readonly known: true; readonly caller: Caller } | RefusedKey;

/**
 * The port. KeyRing holds the keys of the configuration file, DatabaseKeys those of the database; KeyStores asks one after the
 * other. Warm keys are answered at once, cold ones by a promise (bounded, 503 after that). Never throws.
 */
export interface KeyStore {
  /**
   * `authorization` as sent, undefined when absent. `address` is the caller's after the trusted-proxy rules, for CIDR scopes.
   * `nowMs` is the wall clock: expiry is a date.
   */
  identify(
    authorization: string | undefined,
    address: string,
    nowMs: number,
  ): Identified | Promise<Identified>;
}

/** Tells which keys must not be used any more, so that running answers can be cut. */
export interface Revocations {
  /** Called for each key that is revoked, expired, or whose tenant is suspended, as soon as this process knows. */
  onRevoked(listener: (revoked: RevokedKeys) => void): void;
}

export interface RevokedKeys {
  readonly code: 'key_revoked' | 'key_expired' | 'key_not_allowed';
  /** Ids of keys; or all keys of a tenant. */
  readonly keyIds: readonly string[];
  readonly tenant: string | null;
}
