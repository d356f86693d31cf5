// How many retries the gateway may send: a part of its requests, so that a failing fleet is not asked three times as
// much as a healthy one, and a few a second at least, so that a quiet gateway may still retry (decision R4).

interface RetryBudgetOptions {
  /** Retries a request earns; 0.1 allows one retry in ten requests. */
  readonly ratio: number;
  /** Retries allowed each second whatever the traffic. */
  readonly minPerSecond: number;
  /** Time constant, in seconds, with which unused earnings are forgotten. */
  readonly savedSeconds: number;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export const DEFAULT_RETRY_BUDGET = { ratio: 0.1, minPerSecond: 3, savedSeconds: 10 };

/**
 * Two buckets: one filled by time (one second's worth at most, so that the floor is a rate and not a burst), one by
 * requests (forgotten within `savedSeconds`). A retry is allowed when either has one and takes from both, so what is
 * allowed in the long run is the larger of the two, not their sum.
 */
export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  #floorTokens: number;
  #earnedTokens = 0;
  #updatedMs: number;

  constructor(options: RetryBudgetOptions) {
    this.#options = options;
    this.#floorTokens = options.minPerSecond;
    this.#updatedMs = options.nowMs();
  }

  /** Call once for each request that is dispatched for the first time. */
  request(): void {
    this.#refill();
    this.#earnedTokens += this.#options.ratio;
  }

  /** Takes one retry; false when none is left, and then the first failure is the answer. */
  tryRetry(): boolean {
    this.#refill();
    if (this.#earnedTokens < 1 && this.#floorTokens < 1) return false;
    this.#earnedTokens = Math.max(0, this.#earnedTokens - 1);
    this.#floorTokens = Math.max(0, this.#floorTokens - 1);
    return true;
  }

  /** The floor fills with time; what requests earned decays with it, so that a busy hour buys no storm in a quiet one. */
  #refill(): void {
    const nowMs = this.#options.nowMs();
    const seconds = (nowMs - this.#updatedMs) / 1_000;
    if (seconds <= 0) return;
    this.#updatedMs = nowMs;
    const { minPerSecond, savedSeconds } = this.#options;
    this.#floorTokens = Math.min(minPerSecond, this.#floorTokens + seconds * minPerSecond);
    this.#earnedTokens *= Math.exp(-seconds / savedSeconds);
  }
}
