// One rate, kept by the generic cell rate algorithm in its other, equivalent form (ITU-T I.371: "continuous-state leaky
// bucket"): a level that each take raises and time drains. The level is counted in units x microseconds of the period, so a
// unit adds `periodUs` and each microsecond drains `limit`: whole numbers both, and nothing is ever rounded. A theoretical
// arrival time in microseconds would round each unit up: 7,000,000 tokens a minute would be granted as 6,666,666.
// The same arithmetic as in redis/limit-script.ts, step by step.
//
// When its limit is changed, the level of the limit before is kept aside, and counted on. Gateways hear of a change one after the
// other: each goes on with the level of the limit it knows, and neither turn of the bucket frees anything or eats it.
import { burstOf, drainOf, MOST_UNITS, periodUsOf } from './amounts.ts';
import type { RateCharge } from './limiter.ts';
import { RateLevel, SPAN_US, scaledDown, scaledUp } from './rate-level.ts';

interface RateTerms {
  readonly limit: number;
  readonly periodUs: number;
  readonly burst: number;
}

export function rateTermsOf({ rate }: RateCharge): RateTerms {
  return { limit: drainOf(rate), periodUs: periodUsOf(rate), burst: burstOf(rate) };
}

/** By how much two readings of the clock may differ about when something was taken. */
const CLOCKS_US = 1_000;

export class RateBucket {
  /** Reservations that refer to it: it is not forgotten while there are any. */
  uses = 0;
  #level: RateLevel;
  #aside: RateLevel | null = null;
  /** When the higher of both limits was last taken by. */
  #higherUs = 0;
  #seenUs: number;
  /** What was taken before is given back by nobody: it has drained, or by which limit it was taken is not known any more. */
  #sureSinceUs: number;
  /** All that was taken here, less what was given back. */
  #taken = 0;

  constructor({ limit, burst }: RateTerms, nowUs: number) {
    this.#level = new RateLevel(limit, burst, nowUs);
    this.#seenUs = nowUs;
    this.#sureSinceUs = nowUs - CLOCKS_US;
  }

  /** Drains it to now. `nowUs` never goes back (`steadyClock`). */
  look({ periodUs }: RateTerms, nowUs: number): void {
    const elapsedUs = nowUs - this.#seenUs;
    this.#seenUs = nowUs;
    this.#level.drain(elapsedUs, nowUs);
    if (this.#aside !== null) this.#drainAside(this.#aside, elapsedUs, periodUs);
  }

  /**
   * Goes on by the limit of these terms. For who asks: what runs is metered and ends by the limit that it was granted by, long after
   * that was changed. After `look`.
   */
  turnTo({ limit, burst }: RateTerms): void {
    if (this.#level.limit !== limit) this.#turnTo(limit, burst);
    this.#level.burst = burst;
  }

  /** Until so many units more are granted; 0: now. After `turnTo`. */
  waitUs({ periodUs, burst }: RateTerms, units: number): number {
    const more = units * periodUs;
    const excess = this.#level.level + more - burst * periodUs;
    const waitUs = excess > 0 ? Math.ceil(excess / this.#level.limit) : 0;
    const above = this.#above;
    if (above === null) return waitUs;
    const aboveExcess = above.level + more - Math.max(burst, above.burst) * periodUs;
    return aboveExcess > 0 ? Math.max(waitUs, Math.ceil(aboveExcess / above.limit)) : waitUs;
  }

  /** Whether or not the limit grants it: what is above the burst is debt. After `look`. `isOwed`: see `owed`. */
  add({ limit, periodUs, burst }: RateTerms, units: number, isOwed = true): void {
    const more = Math.min(units * periodUs, MOST_UNITS);
    if (isOwed) this.#taken = Math.min(this.#taken + more, MOST_UNITS);
    // What runs by a higher limit, granted before: else what it adds would be less than what that one granted, were it back.
    if (this.#aside === null && limit > this.#level.limit) this.#putAside(this.#level.under(limit, burst));
    const aside = this.#aside;
    this.#level.add(scaledUp(more, this.#level.limit, limit), this.#seenUs);
    if (aside === null) return;
    aside.add(scaledUp(more, aside.limit, limit), this.#seenUs);
    if (limit > Math.min(aside.limit, this.#level.limit)) this.#higherUs = this.#seenUs;
  }

  /** Gives back units taken at `takenUs`. As if they had never been taken, and never more. After `look`. */
  giveBack({ limit, periodUs }: RateTerms, units: number, takenUs: number): void {
    if (takenUs < this.#sureSinceUs) return;
    const given = Math.min(units * periodUs, MOST_UNITS);
    const aside = this.#aside;
    // By a lower limit less was added of what was taken by a higher one: of all that was taken before that last was, perhaps.
    const mayBeHigher = aside !== null && takenUs <= this.#higherUs;
    const by = mayBeHigher ? Math.max(limit, aside.limit, this.#level.limit) : limit;
    this.#taken -= this.#level.giveBack(scaledDown(given, this.#level.limit, by), takenUs, this.#seenUs);
    aside?.giveBack(scaledDown(given, aside.limit, by), takenUs, this.#seenUs);
  }

  /** After `look`. */
  remaining({ burst, periodUs }: RateTerms): number {
    const above = this.#above;
    const free = burst * periodUs - this.#level.level;
    const freeAbove = above === null ? free : Math.max(burst, above.burst) * periodUs - above.level;
    return Math.max(0, Math.floor(Math.min(free, freeAbove) / periodUs));
  }

  /** Until the whole burst is free again. After `look`. */
  resetUs(): number {
    return Math.ceil(this.#level.level / this.#level.limit);
  }

  /** Begins with so many units, taken elsewhere. */
  seed(units: number, periodUs: number): void {
    this.#level.seed(units * periodUs);
  }

  /** Units taken here that have not drained yet, at most: what elsewhere is owed. After `look`. */
  owed({ periodUs }: RateTerms): number {
    return Math.ceil(Math.max(0, Math.min(this.#level.level, this.#taken)) / periodUs);
  }

  isFull(nowUs: number): boolean {
    const elapsedUs = nowUs - this.#seenUs;
    return [this.#level, this.#aside].every((one) => one === null || one.level - elapsedUs * one.limit <= 0);
  }

  /** That of a higher limit, which this one must not add a burst to: together they grant what the higher one would. */
  get #above(): RateLevel | null {
    return this.#aside !== null && this.#aside.limit > this.#level.limit ? this.#aside : null;
  }

  #drainAside(aside: RateLevel, elapsedUs: number, periodUs: number): void {
    aside.drain(elapsedUs, this.#seenUs);
    if (this.#level.level === 0 && aside.level === 0) {
      this.#aside = null;
      this.#sureSinceUs = this.#seenUs;
      // A lower one would keep what a busy tenant took long ago by the higher one for as long as it is busy.
    } else if (
      aside.limit < this.#level.limit &&
      this.#seenUs - aside.asideUs >= Math.max(SPAN_US, periodUs)
    ) {
      this.#aside = null;
    }
  }

  #turnTo(limit: number, burst: number): void {
    const level = this.#level;
    const aside = this.#aside;
    if (aside?.limit === limit) {
      this.#level = aside;
      this.#putAside(level, this.#higherUs);
      return;
    }
    if (level.level === 0) {
      this.#level = new RateLevel(limit, burst, this.#seenUs);
      this.#aside = null;
      this.#sureSinceUs = this.#seenUs;
      return;
    }
    // A third limit: the first is forgotten, and what of the level was taken by it.
    if (aside !== null) this.#sureSinceUs = this.#seenUs + 1;
    this.#level = level.under(limit, burst);
    this.#putAside(level);
  }

  #putAside(level: RateLevel, higherUs = this.#seenUs): void {
    level.asideUs = this.#seenUs;
    this.#aside = level;
    this.#higherUs = higherUs;
  }
}
