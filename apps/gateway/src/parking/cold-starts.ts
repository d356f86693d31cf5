// How long a pool takes from nothing to its first ready worker: learned from the last few times, so that whoever has to
// wait, or to come back, is told something true.

/** Older ones say little: nodes, images and caches change. */
const KEPT = 16;
/**
 * Taken for a cold start until one was seen. Reported: 85 s for a 32B model on H100 with its weights near (llm-d#2492);
 * more with a download, less with compile caches.
 */
const FIRST_GUESS_MS = 90_000;
/** One that takes longer than all before may take as long again, or not: half of it is expected. */
const OVERDUE_SHARE = 0.5;

export class ColdStarts {
  /** Shortest first; a few numbers. */
  #sortedMs: readonly number[] = [];
  readonly #lastMs: number[] = [];

  note(tookMs: number): void {
    this.#lastMs.push(tookMs);
    if (this.#lastMs.length > KEPT) this.#lastMs.shift();
    this.#sortedMs = this.#lastMs.toSorted((a, b) => a - b);
  }

  /** Half of them were ready by then. */
  get p50Ms(): number {
    return this.#quantileMs(0.5);
  }

  get p95Ms(): number {
    return this.#quantileMs(0.95);
  }

  /** What is left, in all likelihood, of one that has gone on for so long. More than 0. */
  leftMs(elapsedMs: number): number {
    if (elapsedMs < this.p50Ms) return this.p50Ms - elapsedMs;
    if (elapsedMs < this.p95Ms) return this.p95Ms - elapsedMs;
    return Math.max(1, elapsedMs * OVERDUE_SHARE);
  }

  /** By nearest rank. */
  #quantileMs(share: number): number {
    return this.#sortedMs[Math.ceil(share * this.#sortedMs.length) - 1] ?? FIRST_GUESS_MS;
  }
}
