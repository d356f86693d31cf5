// One rate, counted in this process alone and answered at once: how often an address may try wrong keys. What tenants may spend
// is Limiter's (limiter.ts).

export interface RateLimit {
  /** Units granted per period. */
  readonly limit: number;
  readonly periodMs: number;
  /** Units that may come at once; at least one request. */
  readonly burst: number;
}

export type RateDecision =
  | {
      readonly granted: true;
      readonly limit: number;
      /** Units that would be granted right after this one. */
      readonly remaining: number;
      /** Until the whole burst is free again. */
      readonly resetMs: number;
    }
  | {
      readonly granted: false;
      readonly limit: number;
      readonly remaining: 0;
      /** The same cost is granted after this long if nobody else takes; Infinity when it costs more than the burst. */
      readonly retryAfterMs: number;
      readonly resetMs: number;
    };

export interface RateLimiter {
  /**
   * Takes `cost` units (a whole number) from the bucket or takes nothing. Never more than limit + burst in any window of
   * one period; a denial consumes nothing. Not idempotent: each call spends. Never throws. A bucket unknown so far is full.
   */
  take(bucket: string, limit: RateLimit, cost: number): RateDecision;
}
