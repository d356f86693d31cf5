// What one request holds in memory, from its reservation to its settling.
import { neverGranted, usedAmount } from './amounts.ts';
import { budgetUsedUp } from './budget-used-up.ts';
import { AWAY, deniedForEver, GRANTED_NOTHING } from './decision-of.ts';
import type {
  Charge,
  HeldAmount,
  Reservation,
  ReserveAsk,
  Settlement,
  Spender,
  TakeDecision,
} from './limiter.ts';
import type { LiveRequest } from './live-requests.ts';
import { type Bucket, BudgetBucket, type Now } from './memory-buckets.ts';
import { type Holding, holdAll, type Matched } from './memory-holding.ts';

/** What a reservation needs of its limiter. */
interface HoldingsOf {
  /** The time, at the beginning of a step. */
  begin(): Now;
  holding(tenant: string, charge: Charge, now: Now): Holding;
  seeding(tenant: string, charges: readonly Charge[]): Promise<boolean> | null;
  remember(reservation: MemoryReservation): void;
  forget(reservation: MemoryReservation): void;
}

export class MemoryReservation implements Reservation, LiveRequest {
  readonly requestId: string;
  readonly #limiter: HoldingsOf;
  readonly #spender: Spender;
  readonly #startedMs: number;
  #holdings: readonly Holding[] = NONE;
  #meteredTokens = 0;
  #isSettled = false;
  /** Granted by Redis, which hears of it from the request itself. */
  #isAdopted = false;
  /** Redis is being told what it holds, and hears of the rest from the request itself. */
  #isHandedOver = false;
  #exhausted: AbortController | null = null;

  constructor(
    limiter: HoldingsOf,
    {
      requestId,
      spender,
      charges,
      startedMs,
    }: Pick<ReserveAsk, 'requestId' | 'spender' | 'charges' | 'startedMs'>,
  ) {
    this.requestId = requestId;
    this.#limiter = limiter;
    this.#spender = spender;
    this.#startedMs = startedMs ?? performance.now();
    if (spender.isPrepaid && charges.some(({ type }) => type === 'budget'))
      this.#exhausted = new AbortController();
  }

  get exhausted(): AbortSignal | null {
    return this.#exhausted?.signal ?? null;
  }

  get holdsAny(): boolean {
    return this.#holdings.length > 0;
  }

  get held(): readonly HeldAmount[] {
    return this.#holdings;
  }

  get meteredTokens(): number {
    return this.#meteredTokens;
  }

  /** What it holds of rates and budgets is counted already; places are not. */
  adopt(held: readonly HeldAmount[], meteredTokens: number): void {
    const now = this.#limiter.begin();
    this.#isAdopted = true;
    this.#meteredTokens = meteredTokens;
    const holdings = held.map(({ charge, amount }) => {
      const holding = this.#limiter.holding(this.#spender.tenant, charge, now);
      if (charge.type === 'place') holding.set(amount, now);
      else holding.amount = amount;
      holding.isElsewhere = true;
      // So long ago that nothing of a rate is given back here.
      holding.takenUs = Number.NEGATIVE_INFINITY;
      return holding;
    });
    this.#hold(holdings);
  }

  /**
   * What it holds now stays owed; what it takes or gives back from now on is not: whoever takes it over tells Redis. Gives back how to
   * undo that.
   */
  handOver(): () => void {
    this.#isHandedOver = true;
    const then = this.#holdings.map((holding) => ({ holding, amount: holding.amount }));
    for (const { holding } of then) holding.isElsewhere = true;
    return () => {
      this.#isHandedOver = false;
      const now = this.#limiter.begin();
      for (const { holding, amount } of then) {
        const meanwhile = holding.amount;
        holding.set(amount, now);
        holding.isElsewhere = false;
        holding.set(meanwhile, now);
      }
    };
  }

  change(charges: readonly Charge[], outputTokens: number): TakeDecision | Promise<TakeDecision> {
    if (this.#isSettled || (charges.length === 0 && !this.holdsAny)) return GRANTED_NOTHING;
    const never = neverGranted(charges);
    if (never !== null) return deniedForEver(never);
    const seeding = this.#limiter.seeding(this.#spender.tenant, charges);
    if (seeding === null) return this.#change(charges, outputTokens);
    return seeding.then((areKnown) => {
      const isStrict = this.#spender.isStrict || this.#spender.isPrepaid;
      return areKnown || !isStrict ? this.#change(charges, outputTokens) : AWAY;
    });
  }

  meter(outputTokens: number): void {
    if (this.#isSettled || !(outputTokens > this.#meteredTokens)) return;
    this.#meteredTokens = outputTokens;
    let now: Now | null = null;
    for (const holding of this.#holdings) {
      if (holding.charge.perOutput === 0) continue;
      const used = usedAmount(holding.charge, outputTokens);
      if (used <= holding.amount) continue;
      now ??= this.#limiter.begin();
      holding.set(used, now);
      this.#cutIfUsedUp(holding);
    }
  }

  settle({ charges, outputTokens }: Settlement): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const { tenant } = this.#spender;
    const now = this.#limiter.begin();
    const { next, dropped } = this.#match(charges, now);
    for (const holding of dropped) holding.set(0, now);
    for (const [at, charge] of charges.entries()) {
      const holding = next[at] ?? this.#limiter.holding(tenant, charge, now);
      this.#tellItsTime(holding.bucket, now);
      if (this.#isAdopted) disown(holding, now);
      else if (this.#isHandedOver) holding.isElsewhere = true;
      holding.charge = charge;
      holding.set(charge.type === 'place' ? 0 : usedAmount(charge, outputTokens), now);
    }
    this.#hold(NONE);
    this.#limiter.forget(this);
  }

  #change(charges: readonly Charge[], outputTokens: number): TakeDecision {
    if (this.#isSettled) return GRANTED_NOTHING;
    const now = this.#limiter.begin();
    const matched = this.#match(charges, now);
    const decision = holdAll({ charges, outputTokens, meteredTokens: this.#meteredTokens }, matched, now);
    if (!decision.granted) return decision;
    this.#hold(matched.next);
    this.#limiter.remember(this);
    return decision;
  }

  /** For each charge what is held of its bucket already, or a new holding; and what no charge names any more. */
  #match(charges: readonly Charge[], now: Now): Matched {
    const old = this.#holdings;
    const next = charges.map(
      (charge) =>
        old.find(
          (holding) => holding.charge.bucket === charge.bucket && holding.charge.type === charge.type,
        ) ?? this.#limiter.holding(this.#spender.tenant, charge, now),
    );
    const dropped = old.length === 0 ? NONE : old.filter((holding) => !next.includes(holding));
    return { next, dropped };
  }

  #hold(next: readonly Holding[]): void {
    for (const { bucket } of this.#holdings) bucket.uses--;
    for (const { bucket } of next) bucket.uses++;
    this.#holdings = next;
  }

  /** Its row will lie at the time the request came, perhaps before its budget was first looked at. */
  #tellItsTime(bucket: Bucket, { wallMs }: Now): void {
    if (!(bucket instanceof BudgetBucket) || bucket.isSeeded) return;
    bucket.countsSince(wallMs - (performance.now() - this.#startedMs) - CLOCKS_MS);
  }

  #cutIfUsedUp({ bucket, charge }: Holding): void {
    if (this.#exhausted === null || charge.type !== 'budget' || !(bucket instanceof BudgetBucket)) return;
    if (bucket.used > charge.limit) this.#exhausted.abort(budgetUsedUp(charge));
  }
}

/** Redis is told of all that was used: what was taken here meanwhile is owed no more. */
function disown(holding: Holding, now: Now): void {
  if (holding.isElsewhere) return;
  holding.set(0, now);
  holding.isElsewhere = true;
}

/** By how much two readings of both clocks may differ about when a request came: rows are whole milliseconds. */
const CLOCKS_MS = 2;
const NONE: readonly never[] = [];
