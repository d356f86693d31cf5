// When may the next commit start? A round trip to the outbox's thread costs the event loop 30 to 40 us and the thread some
// system calls, so a gateway with thousands of requests a second lets its commits start some way apart, each for more of
// them (ADR 0011). Below that nobody waits: a commit starts at once.

/** Intents a millisecond from which commits are spaced: 2,000 a second, where four milliseconds gather eight. */
const BUSY_PER_MS = 2;
/** Long enough for a rate, short enough for a burst. */
const WINDOW_MS = 100;

export class CommitPace {
  readonly #spacingMs: number;
  readonly #nowMs: () => number;
  #startedMs = Number.NEGATIVE_INFINITY;
  #windowMs: number;
  #intents = 0;
  #isBusy = false;

  constructor(spacingMs: number, nowMs: () => number = () => performance.now()) {
    this.#spacingMs = spacingMs;
    this.#nowMs = nowMs;
    this.#windowMs = nowMs();
  }

  /** A commit starts now, with so many intents. */
  start(intents: number): void {
    const nowMs = this.#nowMs();
    this.#startedMs = nowMs;
    this.#intents += intents;
    const passedMs = nowMs - this.#windowMs;
    if (passedMs < WINDOW_MS) return;
    this.#isBusy = this.#intents / passedMs >= BUSY_PER_MS;
    this.#intents = 0;
    this.#windowMs = nowMs;
  }

  /** Until the next one may start; 0 or less: now. */
  waitMs(): number {
    return this.#isBusy ? this.#startedMs + this.#spacingMs - this.#nowMs() : 0;
  }
}
