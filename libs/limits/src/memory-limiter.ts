// All limits of one process, answered at once. Nobody else counts, so places need no leases: they end with the process.
import { askedAmount, neverGranted } from './amounts.ts';
import { BudgetSeeds } from './budget-seeds.ts';
import { deniedForEver, GRANTED_NOTHING, standingsOf } from './decision-of.ts';
import type {
  BudgetCharge,
  BudgetTruth,
  Charge,
  HeldAmount,
  Limiter,
  LimiterStats,
  RateCharge,
  ReserveAsk,
  ReserveDecision,
  Spender,
  Standing,
  TakeDecision,
} from './limiter.ts';
import { LiveRequests } from './live-requests.ts';
import { type Beginning, BudgetBucket, MemoryBuckets, type Now } from './memory-buckets.ts';
import { Holding, holdAll, owedOf, viewOf } from './memory-holding.ts';
import { MemoryReservation } from './memory-reservation.ts';
import { monotonicUs, steadyClock } from './steady-clock.ts';

interface MemoryLimiterOptions {
  /** null: budgets begin at 0 with the process. */
  readonly truth?: BudgetTruth | null;
  /** Monotonic clock, whole microseconds; may go back in a test. */
  readonly nowUs?: () => number;
  /** Wall clock: calendar budgets end by it. */
  readonly wallMs?: () => number;
  /** What a rate or budget begins with when it is first seen; null: it is full, or the ledger is asked. */
  readonly initial?: (tenant: string, charge: Charge) => Beginning | null;
  /** Of a budget with no such beginning, one of so many equal parts of what the ledger left is granted here. */
  readonly budgetParts?: number;
  /** Buckets remembered. Beyond it the oldest unused rate is forgotten, at the price of one burst too many. */
  readonly maxBuckets?: number;
}

/** After the ledger did not answer, it is asked again so soon. */
const ASK_AGAIN_MS = 5_000;
const MEMORY_STATS: LimiterStats = {
  mode: 'memory',
  replicas: 1,
  breakerOpens: 0,
  errors: 0,
  sinceMs: 0,
  waitingSettles: 0,
  droppedSettles: 0,
};
const NOTHING: readonly never[] = [];

export class MemoryLimiter implements Limiter {
  readonly #buckets: MemoryBuckets;
  readonly #live = new LiveRequests<MemoryReservation>();
  readonly #seeds: BudgetSeeds;
  readonly #nowUs: () => number;
  readonly #wallMs: () => number;

  constructor(options: MemoryLimiterOptions = {}) {
    const truth = options.truth ?? null;
    this.#buckets = new MemoryBuckets({
      maxBuckets: options.maxBuckets ?? 100_000,
      needsSeed: truth !== null,
      initial: options.initial ?? (() => null),
      budgetParts: options.budgetParts ?? 1,
    });
    this.#seeds = new BudgetSeeds(truth);
    this.#nowUs = steadyClock(options.nowUs ?? monotonicUs);
    this.#wallMs = options.wallMs ?? Date.now;
  }

  /** Buckets remembered now. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Reservations that hold something now. */
  get live(): number {
    return this.#live.size;
  }

  take({ tenant }: Spender, charges: readonly RateCharge[]): TakeDecision {
    if (charges.length === 0) return GRANTED_NOTHING;
    const never = neverGranted(charges);
    if (never !== null) return deniedForEver(never);
    const now = this.begin();
    const next = charges.map((charge) => this.holding(tenant, charge, now));
    return holdAll({ charges, outputTokens: 0, meteredTokens: 0 }, { next, dropped: NOTHING }, now);
  }

  /** A question costs nothing here. */
  mayTakeLater(): boolean {
    return false;
  }

  askingLater(): void {}

  reserve(ask: ReserveAsk): ReserveDecision | Promise<ReserveDecision> {
    const known = this.#live.get(ask.requestId);
    const reservation = known ?? new MemoryReservation(this, ask);
    const decision = reservation.change(ask.charges, ask.outputTokens);
    if (decision instanceof Promise) return decision.then((late) => this.#reserved(ask, reservation, late));
    return this.#reserved(ask, reservation, decision);
  }

  async standings({ tenant }: Spender, charges: readonly Charge[]): Promise<readonly Standing[]> {
    await this.#seeded(tenant, charges);
    const now = this.begin();
    const views = charges.map((charge) => viewOf(charge, this.#buckets.of(tenant, charge, now), 0, now));
    return standingsOf(charges, views);
  }

  /** Nobody else counts: what is known here is how they stand. */
  lastKnown({ tenant }: Spender, charges: readonly Charge[]): readonly Standing[] {
    const now = this.begin();
    const rates = charges.filter(({ type }) => type === 'rate');
    const views = rates.map((charge) => viewOf(charge, this.#buckets.of(tenant, charge, now), 0, now));
    return standingsOf(rates, views);
  }

  stats(): LimiterStats {
    return MEMORY_STATS;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Takes over a request that was granted elsewhere: its places count here from now on, and what it meters further. */
  adopt(
    spender: Spender,
    requestId: string,
    held: readonly HeldAmount[],
    meteredTokens: number,
  ): MemoryReservation {
    const reservation = new MemoryReservation(this, { spender, requestId, charges: NOTHING });
    reservation.adopt(held, meteredTokens);
    this.#live.add(reservation);
    return reservation;
  }

  /** Units of a rate or budget that were taken here and nobody else knows of. */
  owed(tenant: string, charge: Charge): number {
    const now = this.begin();
    return owedOf(charge, this.#buckets.of(tenant, charge, now), now);
  }

  #reserved(ask: ReserveAsk, reservation: MemoryReservation, decision: TakeDecision): ReserveDecision {
    if (decision.granted) {
      if (reservation.holdsAny) this.#live.add(reservation);
      return { granted: true, reservation, standings: decision.standings };
    }
    if (ask.taken.length > 0) this.#giveBack(ask);
    return decision;
  }

  #giveBack({ spender, taken, takenAtMs }: ReserveAsk): void {
    const now = this.begin();
    const ageUs = takenAtMs === undefined ? 0 : Math.max(0, (performance.now() - takenAtMs) * 1_000);
    for (const charge of taken) {
      const holding = this.holding(spender.tenant, charge, now);
      holding.amount = askedAmount(charge, 0);
      holding.takenUs = now.us - Math.round(ageUs);
      holding.set(0, now);
    }
  }

  // For MemoryReservation.

  begin(): Now {
    const now = { us: this.#nowUs(), wallMs: this.#wallMs() };
    this.#buckets.tidy(now);
    return now;
  }

  holding(tenant: string, charge: Charge, now: Now): Holding {
    return new Holding(charge, this.#buckets.of(tenant, charge, now));
  }

  remember(reservation: MemoryReservation): void {
    this.#live.add(reservation);
  }

  forget(reservation: MemoryReservation): void {
    this.#live.delete(reservation);
  }

  /** null: every budget is known. Else resolves once they are; false when the ledger did not answer for one. */
  seeding(tenant: string, charges: readonly Charge[]): Promise<boolean> | null {
    const unknown = (charge: Charge) => charge.type === 'budget' && this.#unseeded(tenant, charge) !== null;
    return charges.some(unknown) ? this.#seeded(tenant, charges) : null;
  }

  async #seeded(tenant: string, charges: readonly Charge[]): Promise<boolean> {
    let areKnown = true;
    for (const charge of charges) {
      if (charge.type !== 'budget') continue;
      const bucket = this.#unseeded(tenant, charge);
      if (bucket !== null && !(await this.#seed(tenant, charge, bucket))) areKnown = false;
    }
    return areKnown;
  }

  async #seed(tenant: string, charge: BudgetCharge, bucket: BudgetBucket): Promise<boolean> {
    if (this.#wallMs() < bucket.askAgainMs) return false;
    // Only of before: what was used since is counted here, and the ledger has some of it by now if it is asked late.
    const { sinceMs } = bucket;
    const untilMs = Math.min(charge.untilMs, sinceMs);
    const used = await this.#seeds.used(tenant, { ...charge, untilMs });
    // A request that came before has ended meanwhile: whether its row is in this sum nobody knows.
    const isKnown = used !== null && bucket.sinceMs === sinceMs;
    if (!isKnown) bucket.askAgainMs = this.#wallMs() + ASK_AGAIN_MS;
    else if (!bucket.isSeeded) this.#buckets.seed(bucket, charge, used);
    return bucket.isSeeded;
  }

  #unseeded(tenant: string, charge: BudgetCharge): BudgetBucket | null {
    const bucket = this.#buckets.of(tenant, charge, this.begin());
    return bucket instanceof BudgetBucket && !bucket.isSeeded ? bucket : null;
  }
}
