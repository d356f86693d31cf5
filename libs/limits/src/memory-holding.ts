// What one request holds of one bucket, and the one step that takes all of them or none.
import { askedAmount, capacityOf, usedAmount } from './amounts.ts';
import { type ChargeView, deniedLater, PLACE_RETRY_MS, standingsOf } from './decision-of.ts';
import type { Charge, RateCharge, TakeDecision } from './limiter.ts';
import { type Bucket, BudgetBucket, type Now, PlaceBucket } from './memory-buckets.ts';
import { RateBucket, rateTermsOf } from './rate-bucket.ts';

export class Holding {
  readonly bucket: Bucket;
  charge: Charge;
  amount = 0;
  /** When it first took, for refunds of rates; monotonic microseconds. */
  takenUs = 0;
  /** Its request tells Redis itself: it counts here, but is not owed, or it would count there twice. */
  isElsewhere = false;

  constructor(charge: Charge, bucket: Bucket) {
    this.charge = charge;
    this.bucket = bucket;
  }

  /** Sets what is held, whatever the limit says. */
  set(amount: number, now: Now): void {
    const { bucket, charge } = this;
    const more = amount - this.amount;
    if (more === 0) return;
    if (bucket instanceof RateBucket) {
      if (charge.type === 'rate') this.#setRate(bucket, charge, more, now);
    } else if (bucket instanceof PlaceBucket) bucket.held = Math.max(0, bucket.held + more);
    else this.#setBudget(bucket, more);
    this.amount = amount;
  }

  #setBudget(bucket: BudgetBucket, more: number): void {
    const used = Math.min(Math.max(0, bucket.used + more), Number.MAX_SAFE_INTEGER);
    if (this.isElsewhere) bucket.before += used - bucket.used;
    bucket.used = used;
  }

  #setRate(bucket: RateBucket, charge: RateCharge, more: number, now: Now): void {
    const terms = rateTermsOf(charge);
    bucket.look(terms, now.us);
    if (more < 0) {
      bucket.giveBack(terms, -more, this.takenUs);
      return;
    }
    if (this.amount === 0) this.takenUs = now.us;
    bucket.add(terms, more, !this.isElsewhere);
  }
}

interface Asked {
  readonly charges: readonly Charge[];
  readonly outputTokens: number;
  readonly meteredTokens: number;
}

export interface Matched {
  /** One a charge, in their order. */
  readonly next: readonly Holding[];
  /** Held so far, and named by no charge any more. */
  readonly dropped: readonly Holding[];
}

/** One step: all of `next` take what is asked and `dropped` give all back; or nothing changes. */
export function holdAll(
  { charges, outputTokens, meteredTokens }: Asked,
  holdings: Matched,
  now: Now,
): TakeDecision {
  const { next, dropped } = holdings;
  // What has streamed stays charged, whatever is asked now.
  const amountOf = (charge: Charge) =>
    Math.max(askedAmount(charge, outputTokens), meteredTokens > 0 ? usedAmount(charge, meteredTokens) : 0);
  const views: ChargeView[] = [];
  let isGranted = true;
  for (const [at, charge] of charges.entries()) {
    const holding = next[at];
    if (holding === undefined) continue;
    const view = viewOf(charge, holding.bucket, amountOf(charge) - holding.amount, now);
    if (view.waitMs > 0) isGranted = false;
    views.push(view);
  }
  if (!isGranted) return deniedLater(charges, views);
  for (const holding of dropped) holding.set(0, now);
  for (const [at, charge] of charges.entries()) {
    const holding = next[at];
    if (holding === undefined) continue;
    holding.charge = charge;
    holding.set(amountOf(charge), now);
    views[at] = viewOf(charge, holding.bucket, 0, now);
  }
  return { granted: true, standings: standingsOf(charges, views) };
}

/** How the charge's limit stands if `more` units are asked of it. */
export function viewOf(charge: Charge, bucket: Bucket, more: number, now: Now): ChargeView {
  if (charge.type === 'rate' && bucket instanceof RateBucket) {
    const terms = rateTermsOf(charge);
    bucket.look(terms, now.us);
    bucket.turnTo(terms);
    return {
      waitMs: more > 0 ? bucket.waitUs(terms, more) / 1_000 : 0,
      remaining: bucket.remaining(terms),
      resetMs: bucket.resetUs() / 1_000,
    };
  }
  const held = bucket instanceof PlaceBucket ? bucket.held : bucket instanceof BudgetBucket ? bucket.used : 0;
  const capacity = capacityOf(charge);
  const resetMs = charge.type === 'budget' ? Math.max(0, charge.untilMs - now.wallMs) : 0;
  return {
    waitMs: more > 0 && held + more > capacity ? Math.max(1, resetMs || PLACE_RETRY_MS) : 0,
    remaining: Math.max(0, capacity - held),
    resetMs,
  };
}

/** What was taken of the bucket here and is not known elsewhere; nothing of a place, which is known by who holds it. */
export function owedOf(charge: Charge, bucket: Bucket, now: Now): number {
  if (charge.type === 'rate' && bucket instanceof RateBucket) {
    const terms = rateTermsOf(charge);
    bucket.look(terms, now.us);
    return bucket.owed(terms);
  }
  return bucket instanceof BudgetBucket ? Math.max(0, bucket.used - bucket.before) : 0;
}
