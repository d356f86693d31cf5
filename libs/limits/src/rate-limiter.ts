// May they spend that now? First form: requests a minute a key, in memory. Redis and the other limits come behind the same port.

export interface RateLimit {
  /** Units granted per period. */
  readonly limit: number;
  readonly periodMs: number;
  /** Units that may come at once; at least one request. */
  readonly burst: number;
}

export type RateDecision =
  | { readonly granted: true; readonly limit: number; readonly remaining: number; readonly resetMs: number }
  | {
      readonly granted: false;
      readonly limit: number;
      readonly remaining: 0;
      readonly retryAfterMs: number;
      readonly resetMs: number;
    };

export interface RateLimiter {
  /** Takes `cost` units from the bucket or takes nothing. Exact: never more than limit + burst in any period. */
  take(bucket: string, limit: RateLimit, cost: number): RateDecision;
}
