// What the keys of a database are given, and what they tell of themselves.
import type { Database } from '#database';
import type { Peppers } from './key-ring.ts';
import type { TellKeysEvent } from './keys-event.ts';

export interface DatabaseKeysPorts {
  readonly database: Database;
  readonly tell?: TellKeysEvent;
  /** Monotonic. */
  readonly nowMs?: () => number;
  readonly wallMs?: () => number;
}

export interface DatabaseKeysOptions {
  /** At least one; new digests are made with the newest. */
  readonly peppers: Peppers;
  readonly cachedKeys?: number;
  readonly lookupTimeoutMs?: number;
  /** With the database away, known keys go on for so long. */
  readonly offlineHours?: number;
  /** null: known keys do not survive a restart. */
  readonly snapshotFile?: string | null;
  /** How long after a new pepper came digests begin to move to it: longer than a rollout takes. */
  readonly rehashAfterMs?: number;
  /** Pace at which the database is asked for changes, besides being told of them. */
  readonly pollMs?: number;
}

export interface KeysStats {
  /** Keys in memory. */
  readonly entries: number;
  /** Since the database confirmed that they are current; Infinity before the first time. */
  readonly ageMs: number;
  readonly isDatabaseAway: boolean;
  /** Queries for keys not in memory, since the start. */
  readonly lookups: number;
  /** Requests let in on what was last known. */
  readonly servedOffline: number;
  /** Digests moved to the newest pepper. */
  readonly rehashed: number;
}

export const KEYS_DEFAULTS = {
  cachedKeys: 10_000,
  lookupTimeoutMs: 1_000,
  offlineHours: 12,
  snapshotFile: null,
  rehashAfterMs: 600_000,
  pollMs: 1_000,
};
