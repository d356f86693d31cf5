// What a request on a worker adds to the demand of the pool it needs, until its first token and until its end.
import type { PoolDemand } from './pool-demand.ts';

export class SentDemand {
  readonly #demand: PoolDemand;
  #prefillTokens: number;
  #isEnded = false;

  constructor(demand: PoolDemand, uncachedTokens: number) {
    this.#demand = demand;
    this.#prefillTokens = uncachedTokens;
    demand.running += 1;
    demand.prefillTokens += uncachedTokens;
  }

  /** Idempotent. */
  firstToken(): void {
    this.#demand.prefillTokens -= this.#prefillTokens;
    this.#prefillTokens = 0;
  }

  /** Idempotent. */
  end(): void {
    this.firstToken();
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#demand.running -= 1;
  }
}
