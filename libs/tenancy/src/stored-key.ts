// A key as the gateway keeps it: digest, dates and rights, read from the database or from the snapshot on disk. Never the
// secret.
import type { Caller } from './caller.ts';

export interface StoredKey {
  readonly caller: Caller;
  /** Plan of its tenant: a change of the plan is a change of this key. */
  readonly plan: string | null;
  /** HMAC-SHA-256(pepper, secret). */
  readonly digest: Buffer;
  readonly pepperVersion: number;
  /** Wall clock; Infinity = never. */
  readonly expiresAtMs: number;
  readonly isRevoked: boolean;
  /** Of its tenant. */
  readonly isSuspended: boolean;
}
