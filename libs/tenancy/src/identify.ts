// Who asks? Answered from the headers alone, before a byte of the body is read.
import type { RateLimit } from '#limits';

/** A key as it stands in the configuration file: digest and rights, never the secret. */
export interface KeyDeclaration {
  /** Public id, the middle part of `rw_live_<id>_<secret>_<crc>`. */
  readonly id: string;
  /** HMAC-SHA-256(pepper, secret), hex. */
  readonly digest: string;
  readonly pepperVersion: number;
  readonly tenant: string;
  readonly requestsPerMinute: number | null;
  /** Body fields that steer the engine this key may use (decisions R7), e.g. `priority`. */
  readonly allowedFields: readonly string[];
  /** Models this key may use; null = all. */
  readonly models: readonly string[] | null;
  /** ISO 8601; null = never. */
  readonly expiresAt: string | null;
}

export interface Caller {
  readonly keyId: string;
  readonly tenant: string;
  readonly requestLimit: RateLimit | null;
  readonly allowedFields: ReadonlySet<string>;
  readonly models: ReadonlySet<string> | null;
}

export type Identified =
  | { readonly known: true; readonly caller: Caller }
  | { readonly known: false; readonly code: 'invalid_api_key' | 'key_expired' };

/** The port; KeyRing (from configuration) is the first implementation, a database the next. */
export interface KeyStore {
  /** `authorization` as sent; undefined when absent. Costs microseconds; never throws. */
  identify(authorization: string | undefined, nowMs: number): Identified;
}
