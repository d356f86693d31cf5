// The level of one rate as one limit sees it, in units x microseconds of the period, and what it was at its lowest lately.
// The same arithmetic as in redis/limit-script.ts, step by step: whole numbers, and nothing is ever rounded in a tenant's favour.
import { MOST_UNITS } from './amounts.ts';

/**
 * The level's lowest point is remembered over the last two to four minutes, in two overlapping spans: what it never fell
 * below since a request took has not drained, and so may be given back whole (see `giveBack`).
 */
export const SPAN_US = 120_000_000;

export class RateLevel {
  /** Units a period, which drain. */
  readonly limit: number;
  /** As last asked with. */
  burst: number;
  /** When another limit was last asked with in its place. */
  asideUs = 0;
  #level = 0;
  #low = 0;
  #lowSinceUs: number;
  #olderLow = 0;
  #olderSinceUs: number;

  constructor(limit: number, burst: number, nowUs: number) {
    this.limit = limit;
    this.burst = burst;
    this.#lowSinceUs = nowUs;
    this.#olderSinceUs = nowUs;
  }

  get level(): number {
    return this.#level;
  }

  /**
   * The same as another limit begins to see it. Under a lower one what is left to drain keeps its time, or a tenant whose plan was
   * made smaller would wait for the rest of a burst that the new limit never grants; under a higher one it keeps its units.
   */
  under(limit: number, burst: number): RateLevel {
    const other = new RateLevel(limit, burst, 0);
    other.#level = scaledUp(this.#level, limit, this.limit);
    other.#low = scaledDown(this.#low, limit, this.limit);
    other.#lowSinceUs = this.#lowSinceUs;
    other.#olderLow = scaledDown(this.#olderLow, limit, this.limit);
    other.#olderSinceUs = this.#olderSinceUs;
    return other;
  }

  drain(elapsedUs: number, nowUs: number): void {
    this.#level = Math.max(0, this.#level - elapsedUs * this.limit);
    this.#low = Math.min(this.#low, this.#level);
    this.#olderLow = Math.min(this.#olderLow, this.#level);
    if (nowUs - this.#lowSinceUs < SPAN_US) return;
    this.#olderLow = this.#low;
    this.#olderSinceUs = this.#lowSinceUs;
    this.#low = this.#level;
    this.#lowSinceUs = nowUs;
  }

  add(more: number, nowUs: number): void {
    const wasEmpty = this.#level === 0;
    this.#level = Math.min(this.#level + more, MOST_UNITS);
    if (!wasEmpty) return;
    // Whoever took before has nothing left in it: a new span begins here, at the level this one leaves.
    this.#olderLow = 0;
    this.#low = this.#level;
    this.#lowSinceUs = nowUs;
  }

  /**
   * As if it had never been taken, and never more: of what is given at most as much is still in the level as it fell to at its
   * lowest since, and at least what cannot have drained since. How much it was.
   */
  giveBack(given: number, takenUs: number, nowUs: number): number {
    const undrained = given - (nowUs - takenUs) * this.limit;
    const back = Math.min(given, Math.max(0, undrained, this.#lowest(takenUs)), this.#level);
    this.#level -= back;
    // The past is rewritten, too: the level was lower by as much ever since, and must not pay for another refund.
    this.#low = Math.max(0, this.#low - back);
    this.#olderLow = Math.max(0, this.#olderLow - back);
    return back;
  }

  seed(level: number): void {
    this.#level = Math.min(level, MOST_UNITS);
  }

  #lowest(sinceUs: number): number {
    if (sinceUs >= this.#lowSinceUs) return this.#low;
    return sinceUs >= this.#olderSinceUs ? this.#olderLow : 0;
  }
}

/** `amount` x limit / old for a lower limit, rounded up; for a higher one as it is. Exact while limit x old is below 2^53. */
export function scaledUp(amount: number, limit: number, old: number): number {
  return scaled(amount, limit, old, 1);
}

export function scaledDown(amount: number, limit: number, old: number): number {
  return scaled(amount, limit, old, 0);
}

/** By quotient and remainder: amount x limit is far above what a double holds. */
function scaled(amount: number, limit: number, old: number, forRest: 0 | 1): number {
  if (limit >= old) return amount;
  const remainder = amount % old;
  const product = remainder * limit;
  const rest = product % old;
  return ((amount - remainder) / old) * limit + (product - rest) / old + (rest > 0 ? forRest : 0);
}
