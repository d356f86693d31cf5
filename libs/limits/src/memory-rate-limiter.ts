// The generic cell rate algorithm with costs: one number a bucket, the time at which it will be full again. Whole
// microseconds throughout, so that the arithmetic is exact and the Redis script can be the same.
import type { RateDecision, RateLimit, RateLimiter } from './rate-limiter.ts';

export interface MemoryRateLimiterOptions {
  /** Monotonic clock, whole microseconds. */
  readonly nowUs?: () => number;
  /**
   * Buckets remembered. Full ones are forgotten first (a full bucket and an unknown one are the same). With more than this
   * many in use at once the soonest full are forgotten too soon, each at the price of one burst too many.
   */
  readonly maxBuckets?: number;
}

/** Buckets looked at when a new one comes: bounds the work, and two a new one are enough to outrun growth. */
const LOOKED_AT = 8;

export class MemoryRateLimiter implements RateLimiter {
  readonly #nowUs: () => number;
  readonly #maxBuckets: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor({ nowUs = monotonicUs, maxBuckets = 100_000 }: MemoryRateLimiterOptions = {}) {
    this.#nowUs = nowUs;
    this.#maxBuckets = maxBuckets;
  }

  /** Buckets remembered now. */
  get size(): number {
    return this.#buckets.size;
  }

  take(name: string, { limit, periodMs, burst }: RateLimit, cost: number): RateDecision {
    const nowUs = this.#nowUs();
    // Rounded up, so the rate is never above the limit; the same unit for burst and cost, so a whole burst fits exactly.
    const unitUs = Math.ceil((periodMs * 1_000) / limit);
    const bucket = this.#buckets.get(name);
    const startUs = Math.max(bucket?.fullAtUs ?? 0, nowUs);
    const fullAtUs = startUs + cost * unitUs;
    const excessUs = fullAtUs - nowUs - burst * unitUs;
    if (excessUs > 0) {
      const retryAfterMs = cost > burst ? Number.POSITIVE_INFINITY : excessUs / 1_000;
      return { granted: false, limit, remaining: 0, retryAfterMs, resetMs: (startUs - nowUs) / 1_000 };
    }
    if (bucket === undefined) this.#remember(name, fullAtUs, nowUs);
    else bucket.fullAtUs = fullAtUs;
    return {
      granted: true,
      limit,
      remaining: Math.floor(-excessUs / unitUs),
      resetMs: (fullAtUs - nowUs) / 1_000,
    };
  }

  #remember(name: string, fullAtUs: number, nowUs: number): void {
    this.#forgetSome(nowUs);
    this.#buckets.set(name, { fullAtUs });
  }

  /** Looks at the oldest few: drops those that are full again, moves the others to the end; makes room if there is none. */
  #forgetSome(nowUs: number): void {
    let soonest: { readonly name: string; readonly fullAtUs: number } | null = null;
    for (const [name, bucket] of this.#oldest()) {
      this.#buckets.delete(name);
      if (bucket.fullAtUs <= nowUs) continue;
      this.#buckets.set(name, bucket);
      if (soonest === null || bucket.fullAtUs < soonest.fullAtUs) soonest = { name, ...bucket };
    }
    if (soonest !== null && this.#buckets.size >= this.#maxBuckets) this.#buckets.delete(soonest.name);
  }

  #oldest(): readonly (readonly [string, Bucket])[] {
    return [...this.#buckets.entries().take(LOOKED_AT)];
  }
}

interface Bucket {
  fullAtUs: number;
}

function monotonicUs(): number {
  return Math.round(performance.now() * 1_000);
}
