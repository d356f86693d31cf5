// A pool without a worker was asked for: it stays in demand until a worker is ready, though whoever asked may have left.
// Otherwise a client that gives up, or one that was refused, would have its pods taken away while they load, and the next
// one would start from nothing again (superlinked/sie#293). Every moment is given, so nothing here needs a timer.

/**
 * How long demand outlives the first ready worker: those who wait must be on it before a scaler, which asks every few
 * seconds, may think the pool idle.
 */
export const READY_GRACE_MS = 10_000;

export class Activation {
  readonly #startedMs: number;
  readonly #limitMs: number;
  #readyMs: number | null = null;

  constructor(startedMs: number, limitMs: number) {
    this.#startedMs = startedMs;
    this.#limitMs = limitMs;
  }

  isAlive(nowMs: number): boolean {
    return this.#readyMs === null
      ? nowMs - this.#startedMs < this.#limitMs
      : nowMs - this.#readyMs < READY_GRACE_MS;
  }

  /** Alive, and no worker came yet. */
  isWaking(nowMs: number): boolean {
    return this.#readyMs === null && this.isAlive(nowMs);
  }

  elapsedMs(nowMs: number): number {
    return nowMs - this.#startedMs;
  }

  /** A worker is ready. What the cold start took, the first time; null when it was over before. */
  workerReady(nowMs: number): number | null {
    if (!this.isWaking(nowMs)) return null;
    this.#readyMs = nowMs;
    return nowMs - this.#startedMs;
  }
}
