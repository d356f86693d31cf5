// Who must be told that a key may not be used any more, as soon as we know: when a change says so, or when its date has come.
import type { RevokedKeys } from './identify.ts';
import type { StoredKey } from './stored-key.ts';

export interface RevocationNoticesPorts {
  /** Keys in memory, to be looked through when the date of one has come. */
  stored(): readonly StoredKey[];
  /** Wall clock: expiry is a date. */
  wallMs(): number;
}

/** Also the longest a wall clock that was set forth goes unnoticed; timers hold 24 days at most. */
const LONGEST_WAIT_MS = 60_000;

export class RevocationNotices {
  readonly #ports: RevocationNoticesPorts;
  readonly #listeners: ((revoked: RevokedKeys) => void)[] = [];
  #timer: NodeJS.Timeout | null = null;
  #nextMs = Number.POSITIVE_INFINITY;
  /** Expiries up to here have been told. */
  #toldMs: number;

  constructor(ports: RevocationNoticesPorts) {
    this.#ports = ports;
    this.#toldMs = ports.wallMs();
  }

  onRevoked(listener: (revoked: RevokedKeys) => void): void {
    this.#listeners.push(listener);
  }

  /** Of keys that were just read: those that are revoked or expired are told. */
  tellOf(keys: readonly StoredKey[]): void {
    const nowMs = this.#ports.wallMs();
    this.#tell('key_revoked', idsOf(keys.filter(({ isRevoked }) => isRevoked)));
    this.#tell('key_expired', idsOf(keys.filter((key) => !key.isRevoked && key.expiresAtMs <= nowMs)));
    for (const { expiresAtMs } of keys) this.watch(expiresAtMs);
  }

  /** Their rows are gone. */
  tellGone(keyIds: readonly string[]): void {
    this.#tell('key_revoked', keyIds);
  }

  /** All their keys. */
  tellSuspended(tenants: ReadonlySet<string>): void {
    for (const tenant of tenants) {
      for (const listener of this.#listeners) listener({ code: 'key_not_allowed', keyIds: [], tenant });
    }
  }

  /** A key in memory expires then. */
  watch(expiresAtMs: number): void {
    if (expiresAtMs >= this.#nextMs || expiresAtMs <= this.#toldMs) return;
    this.#nextMs = expiresAtMs;
    this.#arm();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #arm(): void {
    this.close();
    const waitMs = Math.max(0, this.#nextMs - this.#ports.wallMs());
    this.#timer = setTimeout(() => this.#due(), Math.min(waitMs, LONGEST_WAIT_MS));
  }

  #due(): void {
    const nowMs = this.#ports.wallMs();
    if (nowMs < this.#nextMs) {
      this.#arm();
      return;
    }
    const keys = this.#ports.stored();
    const isDue = ({ expiresAtMs, isRevoked }: StoredKey) =>
      !isRevoked && expiresAtMs > this.#toldMs && expiresAtMs <= nowMs;
    const due = idsOf(keys.filter(isDue));
    this.#toldMs = nowMs;
    this.#nextMs = Number.POSITIVE_INFINITY;
    this.#tell('key_expired', due);
    for (const { expiresAtMs } of keys) this.watch(expiresAtMs);
  }

  #tell(code: RevokedKeys['code'], keyIds: readonly string[]): void {
    if (keyIds.length === 0) return;
    for (const listener of this.#listeners) listener({ code, keyIds, tenant: null });
  }
}

function idsOf(keys: readonly StoredKey[]): string[] {
  return keys.map(({ caller }) => caller.keyId);
}
