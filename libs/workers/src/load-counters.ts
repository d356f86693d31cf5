// What a worker holds, as this gateway knows it: counted from its own leases, corrected by scrapes (decision D3).
import type { WorkerLoad } from './fleet.ts';

export class LoadCounters implements WorkerLoad {
  requests = 0;
  promptTokens = 0;
  queuedTokens = 0;
  kvTokens: number;
  scrapedKvUsage: number | null = null;
  /** Of the requests, those that had their first token. */
  runningRequests = 0;
  /** KV of leases before and after their first token, by our own count. */
  #waitingKvTokens = 0;
  #runningKvTokens = 0;
  #correctionKvTokens = 0;

  constructor(kvTokens: number) {
    this.kvTokens = kvTokens;
  }

  get kvTokensUsed(): number {
    return Math.max(0, this.#waitingKvTokens + this.#runningKvTokens + this.#correctionKvTokens);
  }

  add(promptTokens: number, uncachedTokens: number, kvTokens: number): void {
    this.requests += 1;
    this.promptTokens += promptTokens;
    this.queuedTokens += uncachedTokens;
    this.#waitingKvTokens += kvTokens;
  }

  startRunning(uncachedTokens: number, kvTokens: number): void {
    this.runningRequests += 1;
    this.queuedTokens -= uncachedTokens;
    this.#waitingKvTokens -= kvTokens;
    this.#runningKvTokens += kvTokens;
  }

  grow(kvTokens: number): void {
    this.#runningKvTokens += kvTokens;
  }

  /** Only what was started can be removed. */
  remove(promptTokens: number, kvTokens: number): void {
    this.requests -= 1;
    this.runningRequests -= 1;
    this.promptTokens -= promptTokens;
    this.#runningKvTokens -= kvTokens;
  }

  /** What we counted ourselves at one moment; taken before and after a scrape, as the page shows a moment between. */
  own(): OwnKv {
    return { all: this.#waitingKvTokens + this.#runningKvTokens, running: this.#runningKvTokens };
  }

  /**
   * The worker says how much KV is in use. More than all our requests could hold: others use it too (another gateway,
   * decision K2). Less than our running ones: they share prefix blocks, or our estimate of a non-streamed answer is off.
   * Between the two, the difference is our own requests that wait in the engine, and nothing is corrected.
   */
  correct(usedKvTokens: number, before: OwnKv, after: OwnKv): void {
    const most = Math.max(before.all, after.all);
    const least = Math.min(before.running, after.running);
    this.#correctionKvTokens = usedKvTokens > most ? usedKvTokens - most : Math.min(0, usedKvTokens - least);
  }

  /** The last page is too old to correct anything. */
  forgetCorrection(): void {
    this.#correctionKvTokens = 0;
  }
}

export interface OwnKv {
  readonly all: number;
  readonly running: number;
}
