// Finds the worker that takes requests, says it is healthy, and does nothing. Three signs, any is enough:
//
// 1. Silence: some of our requests there had their first token, and for `stallMs` none of ours made any progress. In
//    continuous batching all running requests get a token every step, so a long prefill beside them is no excuse.
// 2. A frozen engine: requests of ours are there, none made progress, and nothing on the worker's metrics page moved
//    either (tokens generated, prompts finished, requests running and waiting, KV in use: a prefill in chunks moves
//    the last one every step) for `stallMs` and the time the slowest engine needs for the prefill that is queued.
//
// 3. Lost answers: for as long, none of our requests there made progress, and the engine held fewer requests than we have
//    there: they were dropped, or their answers are, between its front end and us.
//
// A stalled worker is asked for one token (worker-watch.ts): if it gives it, the stall is over.
//
// Not found, and why: a request stuck alone while the engine works on others (queueing and preemption look the same;
// the relay's own time-outs end it); a frozen engine whose metrics page does not answer, before any first token; one
// frozen engine of a data-parallel worker, as long as a request of ours on another engine runs.
interface StallOptions {
  readonly stallMs: number;
  readonly slowestPrefillTokensPerSecond: number;
}

export interface StallEvidence {
  /** Our requests there, and those of them that had their first token. */
  readonly requests: number;
  readonly running: number;
  /** Uncached prompt tokens of ours without a first token. */
  readonly queuedTokens: number;
  /** Its metrics page is recent. */
  readonly isScraped: boolean;
}

export class StallWatch {
  readonly #options: StallOptions;
  /** Last progress of any request of ours. */
  #ownMotionMs = 0;
  /** When the worker got its first request after being empty: silence counts from there. */
  #busySinceMs = 0;
  #engineMotionMs = 0;
  /** When the engine last held as many requests as we have there. */
  #allHeldMs = 0;
  #stalledSinceMs: number | null = null;
  #sign: StallSign = 'silent';
  #emptySinceMs = 0;
  #wasEmpty = true;

  constructor(options: StallOptions) {
    this.#options = options;
  }

  get isStalled(): boolean {
    return this.#stalledSinceMs !== null;
  }

  /** A token, a first token or an end of a request of ours; or the token a stalled worker was asked for. */
  ownMotion(nowMs: number): void {
    this.#ownMotionMs = nowMs;
  }

  /** Something on the metrics page changed. */
  engineMotion(nowMs: number): void {
    this.#engineMotionMs = nowMs;
  }

  /** Its page showed as many requests as we have there, or does not say how many. */
  engineHoldsAll(nowMs: number): void {
    this.#allHeldMs = nowMs;
  }

  /** Looked at every tick; returns whether it is stalled now. */
  judge(evidence: StallEvidence, nowMs: number): boolean {
    if (evidence.requests === 0) return this.#judgeEmpty(nowMs);
    if (this.#wasEmpty) this.#busySinceMs = nowMs;
    this.#wasEmpty = false;
    if (this.#stalledSinceMs !== null) {
      const motionMs = this.#sign === 'frozen' ? this.#lastMotionMs() : this.#ownMotionMs;
      if (motionMs > this.#stalledSinceMs) this.#stalledSinceMs = null;
      return this.isStalled;
    }
    const sign = this.#signOf(evidence, nowMs);
    if (sign === null) return false;
    this.#sign = sign;
    this.#stalledSinceMs = nowMs;
    return true;
  }

  /** A new process: nothing of the old one counts. */
  reset(nowMs: number): void {
    this.#stalledSinceMs = null;
    this.#ownMotionMs = nowMs;
    this.#engineMotionMs = nowMs;
    this.#allHeldMs = nowMs;
    this.#wasEmpty = true;
    this.#emptySinceMs = nowMs;
  }

  #signOf(evidence: StallEvidence, nowMs: number): StallSign | null {
    const { stallMs, slowestPrefillTokensPerSecond } = this.#options;
    const ownMs = Math.max(this.#ownMotionMs, this.#busySinceMs);
    if (evidence.running > 0 && nowMs - ownMs > stallMs) return 'silent';
    if (!evidence.isScraped) return null;
    const patienceMs = stallMs + (evidence.queuedTokens / slowestPrefillTokensPerSecond) * 1_000;
    if (nowMs - Math.max(ownMs, this.#engineMotionMs) > patienceMs) return 'frozen';
    return nowMs - Math.max(ownMs, this.#allHeldMs) > patienceMs ? 'lost' : null;
  }

  /** With nothing of ours there is no progress to see, so it gets another try after `stallMs`. */
  #judgeEmpty(nowMs: number): boolean {
    if (!this.#wasEmpty) this.#emptySinceMs = nowMs;
    this.#wasEmpty = true;
    if (nowMs - this.#emptySinceMs > this.#options.stallMs) this.#stalledSinceMs = null;
    return this.isStalled;
  }

  #lastMotionMs(): number {
    return Math.max(this.#ownMotionMs, this.#engineMotionMs);
  }
}

type StallSign = 'silent' | 'frozen' | 'lost';
