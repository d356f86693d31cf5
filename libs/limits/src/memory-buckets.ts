// The buckets of one process, by tenant and name. Bounded: what holds nothing any more is forgotten as new ones come.
import { capacityOf } from './amounts.ts';
import type { BudgetCharge, Charge } from './limiter.ts';
import { RateBucket, rateTermsOf } from './rate-bucket.ts';

/** Places taken now. Nothing of it is forgotten while a reservation refers to it. */
export class PlaceBucket {
  uses = 0;
  held = 0;
}

/** Used in one period, what is reserved included. */
export class BudgetBucket {
  uses = 0;
  used = 0;
  /** Of it what is not owed: used elsewhere before this bucket was, or told elsewhere by who uses it. */
  before = 0;
  /** Used elsewhere before this bucket was, as far as is known: less than that the ledger cannot make it. */
  began = 0;
  /** Whether what the ledger knew is counted in. */
  isSeeded: boolean;
  /** When the ledger may be asked again, after it did not answer; wall clock. */
  askAgainMs = 0;
  readonly untilMs: number;
  /** Requests that came then or later are counted here, by the wall clock: of those before, the ledger is asked. */
  sinceMs: number;

  constructor(untilMs: number, sinceMs: number, isSeeded: boolean) {
    this.untilMs = untilMs;
    this.sinceMs = sinceMs;
    this.isSeeded = isSeeded;
  }

  /** A request that came at this time was counted here and has ended: the ledger will have its row, too. */
  countsSince(wallMs: number): void {
    this.sinceMs = Math.min(this.sinceMs, wallMs);
  }
}

export type Bucket = RateBucket | PlaceBucket | BudgetBucket;

export interface Now {
  /** Monotonic, whole microseconds. */
  readonly us: number;
  /** Wall clock. */
  readonly wallMs: number;
}

export interface Beginning {
  /** Units in use. */
  readonly used: number;
  /** False: others may have used more since, so the ledger is asked of a budget, too. */
  readonly isCurrent: boolean;
}

interface MemoryBucketsOptions {
  readonly maxBuckets: number;
  /** Budgets begin with what the ledger knows. */
  readonly needsSeed: boolean;
  /** What a new rate or budget begins with; null: nothing is known of it. */
  readonly initial: (tenant: string, charge: Charge) => Beginning | null;
  /** Of a budget that nothing is known of, one of so many equal parts is this process's. */
  readonly budgetParts: number;
}

/** Looked at for each new one: bounds the work, and two a new one are enough to outrun growth. */
const LOOKED_AT = 8;
/** So few are kept whatever they hold: a large limit is whole again within a millisecond, and would be made anew for each request. */
const KEPT = 1_000;

export class MemoryBuckets {
  readonly #options: MemoryBucketsOptions;
  readonly #kept = new Map<string, Bucket>();
  #created = 0;

  constructor(options: MemoryBucketsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** The charge's bucket; a new one where there was none, or where the name meant another type (a plan was changed). */
  of(tenant: string, charge: Charge, now: Now): Bucket {
    const name = `${tenant}/${charge.bucket}`;
    const known = this.#kept.get(name);
    if (known !== undefined && isOf(known, charge)) return known;
    this.#created++;
    const bucket = this.#create(tenant, charge, now);
    this.#kept.set(name, bucket);
    return bucket;
  }

  /** To be called between steps: within one, a new bucket is still empty and looks as if it held nothing. */
  tidy(now: Now): void {
    const most = Math.min(KEPT, this.#options.maxBuckets);
    for (; this.#created > 0; this.#created--) if (this.#kept.size >= most) this.#forgetSome(now);
  }

  #create(tenant: string, charge: Charge, { us, wallMs }: Now): Bucket {
    if (charge.type === 'place') return new PlaceBucket();
    const initial = this.#options.initial(tenant, charge);
    if (charge.type === 'rate') {
      const terms = rateTermsOf(charge);
      const bucket = new RateBucket(terms, us);
      if (initial !== null) bucket.seed(initial.used, terms.periodUs);
      return bucket;
    }
    const isSeeded = initial?.isCurrent === true || !this.#options.needsSeed;
    const bucket = new BudgetBucket(charge.untilMs, wallMs, isSeeded);
    const capacity = capacityOf(charge);
    bucket.used = Math.min(initial?.used ?? capacity - this.#partOf(capacity), capacity);
    bucket.before = bucket.used;
    bucket.began = bucket.used;
    return bucket;
  }

  /**
   * What the ledger knew is counted in: this process's part is one of what that left. What was known here stays where it is more:
   * of the last seconds, and of what is running, the ledger has nothing yet.
   */
  seed(bucket: BudgetBucket, charge: BudgetCharge, used: number): void {
    const capacity = capacityOf(charge);
    const less = Math.max(0, capacity - this.#partOf(capacity - used) - bucket.began);
    // Added to what was counted meanwhile.
    bucket.used += less;
    bucket.before += less;
    bucket.isSeeded = true;
  }

  #partOf(units: number): number {
    return Math.floor(units / this.#options.budgetParts);
  }

  /** Looks at the oldest few: drops what holds nothing, moves the others to the end; makes room if there is none. */
  #forgetSome(now: Now): void {
    let unused: string | null = null;
    for (const [name, bucket] of [...this.#kept.entries().take(LOOKED_AT)]) {
      this.#kept.delete(name);
      if (isSpent(bucket, now)) continue;
      this.#kept.set(name, bucket);
      if (bucket.uses === 0 && !(bucket instanceof BudgetBucket)) unused ??= name;
    }
    if (unused !== null && this.#kept.size >= this.#options.maxBuckets) this.#kept.delete(unused);
  }
}

function isOf(bucket: Bucket, { type }: Charge): boolean {
  switch (type) {
    case 'rate':
      return bucket instanceof RateBucket;
    case 'place':
      return bucket instanceof PlaceBucket;
    case 'budget':
      return bucket instanceof BudgetBucket;
  }
}

function isSpent(bucket: Bucket, now: Now): boolean {
  if (bucket.uses > 0) return false;
  if (bucket instanceof RateBucket) return bucket.isFull(now.us);
  if (bucket instanceof PlaceBucket) return bucket.held === 0;
  return now.wallMs >= bucket.untilMs;
}
