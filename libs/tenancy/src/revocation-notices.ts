// Who must be told that a key may not be used any more, as soon as we know: when a change says so, or when its date has come.
import type { RevokedKeys } from './identify.ts';
import type { StoredKey } from './stored-key.ts';

/** Also the longest a wall clock that was set forth goes unnoticed; timers hold 24 days at most. */
const LONGEST_WAIT_MS = 60_000;

export class RevocationNotices {
  /** Wall clock: expiry is a date. */
  readonly #wallMs: () => number;
  readonly #listeners: ((revoked: RevokedKeys) => void)[] = [];
  /** When each key that was ever read expires, in memory or not: an answer may outlive its key's place in the cache. */
  readonly #expiries = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #nextMs = Number.POSITIVE_INFINITY;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  onRevoked(listener: (revoked: RevokedKeys) => void): void {
    this.#listeners.push(listener);
  }

  /** Of keys that were just read: those that are revoked or expired are told. */
  tellOf(keys: readonly StoredKey[]): void {
    const nowMs = this.#wallMs();
    this.#tell('key_revoked', idsOf(keys.filter(({ isRevoked }) => isRevoked)));
    this.#tell('key_expired', idsOf(keys.filter((key) => !key.isRevoked && key.expiresAtMs <= nowMs)));
    this.watch(keys);
  }

  /** Their rows are gone. */
  tellGone(keyIds: readonly string[]): void {
    for (const id of keyIds) this.#expiries.delete(id);
    this.#tell('key_revoked', keyIds);
  }

  /** All their keys. */
  tellSuspended(tenants: ReadonlySet<string>): void {
    for (const tenant of tenants) {
      for (const listener of this.#listeners) listener({ code: 'key_not_allowed', keyIds: [], tenant });
    }
  }

  /** Each is told of when its date comes; the date that was read last counts. */
  watch(keys: readonly StoredKey[]): void {
    const nowMs = this.#wallMs();
    for (const { caller, expiresAtMs, isRevoked } of keys) {
      const isWatched = !isRevoked && expiresAtMs > nowMs && expiresAtMs < Number.POSITIVE_INFINITY;
      if (isWatched) this.#expiries.set(caller.keyId, expiresAtMs);
      else this.#expiries.delete(caller.keyId);
      if (isWatched && expiresAtMs < this.#nextMs) this.#arm(expiresAtMs);
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #arm(nextMs: number): void {
    this.close();
    this.#nextMs = nextMs;
    const waitMs = Math.max(0, nextMs - this.#wallMs());
    this.#timer = setTimeout(() => this.#due(), Math.min(waitMs, LONGEST_WAIT_MS));
  }

  #due(): void {
    const nowMs = this.#wallMs();
    const due = [...this.#expiries].filter(([, expiresAtMs]) => expiresAtMs <= nowMs).map(([id]) => id);
    for (const id of due) this.#expiries.delete(id);
    this.#tell('key_expired', due);
    this.#nextMs = Number.POSITIVE_INFINITY;
    const nextMs = this.#expiries.values().reduce((least, each) => Math.min(least, each), this.#nextMs);
    if (nextMs < this.#nextMs) this.#arm(nextMs);
  }

  #tell(code: RevokedKeys['code'], keyIds: readonly string[]): void {
    if (keyIds.length === 0) return;
    for (const listener of this.#listeners) listener({ code, keyIds, tenant: null });
  }
}

function idsOf(keys: readonly StoredKey[]): string[] {
  return keys.map(({ caller }) => caller.keyId);
}
