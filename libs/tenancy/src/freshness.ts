// How old is what we know? Counted from the last time the database confirmed that it has told us every change, on the monotonic
// clock, so that a wall clock set back or forth makes nothing older or younger.

/** While the database answers a key is at most so stale (decisions L5); beyond it the database counts as away. */
export const FRESH_MS = 15_000;

export class Freshness {
  readonly #nowMs: () => number;
  #confirmedMs = Number.NEGATIVE_INFINITY;

  /** `nowMs`: monotonic. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** All changes up to `atMs` are known. */
  confirm(atMs: number): void {
    this.#confirmedMs = Math.max(this.#confirmedMs, atMs);
  }

  /** Infinity before the first time. */
  get ageMs(): number {
    return this.#nowMs() - this.#confirmedMs;
  }

  get isAway(): boolean {
    return this.ageMs > FRESH_MS;
  }

  /** Of something read on its own at `readAtMs`, which may be after the last confirmation. */
  ageOf(readAtMs: number): number {
    return this.#nowMs() - Math.max(this.#confirmedMs, readAtMs);
  }
}
