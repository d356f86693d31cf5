// One rate, kept by the generic cell rate algorithm in its other, equivalent form (ITU-T I.371: "continuous-state leaky
// bucket"): a level that each take raises and time drains. The level is counted in units x microseconds of the period, so a
// unit adds `periodUs` and each microsecond drains `limit`: whole numbers both, and nothing is ever rounded. A theoretical
// arrival time in microseconds would round each unit up: 7,000,000 tokens a minute would be granted as 6,666,666.
// The same arithmetic as in redis/limit-script.ts, step by step.
import { MOST_UNITS } from './amounts.ts';

export interface RateTerms {
  readonly limit: number;
  readonly periodUs: number;
  readonly burst: number;
}

/**
 * The level's lowest point is remembered over the last two to four minutes, in two overlapping spans: what it never fell
 * below since a request took has not drained, and so may be given back whole (see `giveBack`).
 */
const SPAN_US = 120_000_000;

export class RateBucket {
  /** Reservations that refer to it: it is not forgotten while there are any. */
  uses = 0;
  #level = 0;
  #seenUs: number;
  #low = 0;
  #lowSinceUs: number;
  #olderLow = 0;
  #olderSinceUs: number;
  /** All that was taken here, less what was given back. */
  #taken = 0;

  constructor(nowUs: number) {
    this.#seenUs = nowUs;
    this.#lowSinceUs = nowUs;
    this.#olderSinceUs = nowUs;
  }

  /** Drains it to now. `nowUs` never goes back (`SteadyClock`). */
  look(limit: number, nowUs: number): void {
    this.#level = Math.max(0, this.#level - (nowUs - this.#seenUs) * limit);
    this.#seenUs = nowUs;
    this.#low = Math.min(this.#low, this.#level);
    this.#olderLow = Math.min(this.#olderLow, this.#level);
    if (nowUs - this.#lowSinceUs < SPAN_US) return;
    this.#olderLow = this.#low;
    this.#olderSinceUs = this.#lowSinceUs;
    this.#low = this.#level;
    this.#lowSinceUs = nowUs;
  }

  /** Until so many units more are granted; 0: now. After `look`. */
  waitUs(terms: RateTerms, units: number): number {
    const excess = this.#level + units * terms.periodUs - terms.burst * terms.periodUs;
    return excess > 0 ? Math.ceil(excess / terms.limit) : 0;
  }

  /** Whether or not the limit grants it: what is above the burst is debt. After `look`. `isOwed`: see `owed`. */
  add({ periodUs }: RateTerms, units: number, isOwed = true): void {
    const wasEmpty = this.#level === 0;
    if (isOwed) this.#taken = Math.min(this.#taken + units * periodUs, MOST_UNITS);
    this.#level = Math.min(this.#level + units * periodUs, MOST_UNITS);
    if (!wasEmpty) return;
    // Whoever took before has nothing left in it: a new span begins here, at the level this one leaves.
    this.#olderLow = 0;
    this.#low = this.#level;
    this.#lowSinceUs = this.#seenUs;
  }

  /**
   * Gives back units taken at `takenUs`. As if they had never been taken, and never more: of them at most as much is still in
   * the level as it fell to at its lowest since, and at least what cannot have drained since. After `look`.
   */
  giveBack({ limit, periodUs }: RateTerms, units: number, takenUs: number): void {
    const given = Math.min(units * periodUs, MOST_UNITS);
    const undrained = given - (this.#seenUs - takenUs) * limit;
    const back = Math.min(given, Math.max(0, undrained, this.#lowest(takenUs)), this.#level);
    this.#level -= back;
    this.#taken -= back;
    // The past is rewritten, too: the level was lower by as much ever since, and must not pay for another refund.
    this.#low = Math.max(0, this.#low - back);
    this.#olderLow = Math.max(0, this.#olderLow - back);
  }

  /** After `look`. */
  remaining({ burst, periodUs }: RateTerms): number {
    return Math.max(0, Math.floor((burst * periodUs - this.#level) / periodUs));
  }

  /** Until the whole burst is free again. After `look`. */
  resetUs(limit: number): number {
    return Math.ceil(this.#level / limit);
  }

  /** Begins with so many units, taken elsewhere. */
  seed(units: number, periodUs: number): void {
    this.#level = Math.min(units * periodUs, MOST_UNITS);
  }

  /** Units taken here that have not drained yet, at most: what elsewhere is owed. After `look`. */
  owed({ periodUs }: RateTerms): number {
    return Math.ceil(Math.max(0, Math.min(this.#level, this.#taken)) / periodUs);
  }

  isFull(limit: number, nowUs: number): boolean {
    return this.#level - (nowUs - this.#seenUs) * limit <= 0;
  }

  #lowest(sinceUs: number): number {
    if (sinceUs >= this.#lowSinceUs) return this.#low;
    return sinceUs >= this.#olderSinceUs ? this.#olderLow : 0;
  }
}
