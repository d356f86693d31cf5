// How old is what we know? Counted from the last time the database confirmed that it has told us every change, on the monotonic
// clock, so that a wall clock set back or forth makes nothing older or younger.
import type { TellKeysEvent } from './keys-event.ts';

/** While the database answers a key is at most so stale (decisions L5); beyond it the database counts as away. */
export const FRESH_MS = 15_000;

interface FreshnessPorts {
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  readonly tell: TellKeysEvent;
}

export class Freshness {
  readonly #ports: FreshnessPorts;
  #confirmedMs = Number.NEGATIVE_INFINITY;
  #confirmedWallMs: number | null = null;
  /** Set once it was told that the database is away. */
  #awaySinceMs: number | null = null;

  constructor(ports: FreshnessPorts) {
    this.#ports = ports;
  }

  /** The database has told every change up to `atMs`. */
  confirm(atMs: number): void {
    const { nowMs, wallMs, tell } = this.#ports;
    this.#confirmedMs = Math.max(this.#confirmedMs, atMs);
    this.#confirmedWallMs = wallMs() - (nowMs() - atMs);
    if (this.#awaySinceMs === null) return;
    tell({ kind: 'database-back', awayMs: nowMs() - this.#awaySinceMs });
    this.#awaySinceMs = null;
  }

  /** The database did not answer. */
  failed(error: unknown): void {
    if (!this.isAway || this.#awaySinceMs !== null) return;
    this.#awaySinceMs = this.#ports.nowMs();
    this.#ports.tell({ kind: 'database-away', error });
  }

  /** Another process had them confirmed then. Gives back how long ago that is: never below 0, whatever the wall clock says. */
  restore(confirmedWallMs: number): number {
    const ageMs = Math.max(0, this.#ports.wallMs() - confirmedWallMs);
    this.#confirmedMs = this.#ports.nowMs() - ageMs;
    return ageMs;
  }

  /** When this process had a confirmation last; null before the first. */
  get confirmedWallMs(): number | null {
    return this.#confirmedWallMs;
  }

  /** Infinity before the first time. */
  get ageMs(): number {
    return this.#ports.nowMs() - this.#confirmedMs;
  }

  get isAway(): boolean {
    return this.ageMs > FRESH_MS;
  }

  /** Of something read on its own at `readAtMs`, which may be after the last confirmation. */
  ageOf(readAtMs: number): number {
    return this.#ports.nowMs() - Math.max(this.#confirmedMs, readAtMs);
  }
}
