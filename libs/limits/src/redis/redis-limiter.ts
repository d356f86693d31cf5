// All limits, counted in Redis: every gateway asks the same script, so together they admit what one would. What happens when
// Redis is away is ResilientLimiter's: here a question without an answer is `away`.
import { askedAmount, neverGranted } from '../amounts.ts';
import { BudgetSeeds } from '../budget-seeds.ts';
import { AWAY, deniedForEver, deniedLater, GRANTED_NOTHING } from '../decision-of.ts';
import { DenyCache } from '../deny-cache.ts';
import type {
  BudgetCharge,
  BudgetTruth,
  Charge,
  Denial,
  Limiter,
  LimiterStats,
  RateCharge,
  ReserveAsk,
  ReserveDecision,
  Spender,
  Standing,
  TakeDecision,
} from '../limiter.ts';
import { LiveRequests } from '../live-requests.ts';
import { monotonicUs, steadyClock } from '../steady-clock.ts';
import { SCRIPT_STATUS } from './limit-script.ts';
import { RedisReservation, type ReservationDesk } from './redis-reservation.ts';
import { RedisStore, type RedisStoreOptions } from './redis-store.ts';
import type { ScriptClock } from './script-batch.ts';
import type { Row, ScriptCall, ScriptReply } from './script-call.ts';
import { ScriptRunner } from './script-runner.ts';
import { SettleQueue } from './settle-queue.ts';

export interface RedisLimiterOptions extends RedisStoreOptions {
  /** Begins every key, as in `rw:`. */
  readonly keyPrefix: string;
  /** Places of a process that was killed are free after this. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Streamed output is told in portions of so many tokens, */
  readonly meterTokens: number;
  /** and at the latest after this. */
  readonly meterMs: number;
  /** null: budgets begin at 0. */
  readonly truth: BudgetTruth | null;
  /** For tests: so long Redis surely knows again an end that it has heard of. */
  readonly settleSureMs?: number | undefined;
  /** Told how buckets stand after each call, in the order of the rows. Must not throw. */
  readonly onStandings?:
    | ((tenant: string, rows: readonly Row[], standings: readonly Standing[]) => void)
    | undefined;
  /** For tests: whole microseconds, and the wall clock, in place of the server's. */
  readonly now?: (() => ScriptClock) | null | undefined;
}

/** Budgets outlive their period by a day, for answers that end after it. */
const BUDGET_GRACE_MS = 86_400_000;
/** Each tick looks at a part of what is held: a thousand streams told of at once would hold up each other's frames. */
const TICKS_A_ROUND = 16;
/** Seeding and asking again: twice in case the period turned in between. */
const ASKS = 3;

export class RedisLimiter implements Limiter, ReservationDesk {
  readonly meterTokens: number;
  readonly recordSureMs: number;
  readonly #options: RedisLimiterOptions;
  readonly #store: RedisStore;
  readonly #script: ScriptRunner;
  readonly #seeds: BudgetSeeds;
  readonly #denied = new DenyCache();
  readonly #live = new LiveRequests<RedisReservation>();
  readonly #settles: SettleQueue;
  readonly #ticker: NodeJS.Timeout;
  /** For what is remembered in this process. */
  readonly #localUs: () => number;
  #isPaused = false;
  #ticks = 0;

  constructor(options: RedisLimiterOptions) {
    const { keyPrefix, leaseMs, connection, now = null, truth, settleSureMs } = options;
    this.#options = options;
    this.meterTokens = options.meterTokens;
    // Records live for two leases; a command takes its time, and clocks differ in pace.
    this.recordSureMs = 1.5 * leaseMs;
    this.#localUs = steadyClock(now === null ? monotonicUs : () => now().us);
    this.#store = new RedisStore(options);
    const { isCluster } = connection;
    this.#script = new ScriptRunner({ keyPrefix, leaseMs, now, isCluster, store: this.#store });
    this.#seeds = new BudgetSeeds(truth);
    this.#settles = new SettleQueue((call) => this.#script.run(call), settleSureMs);
    this.#ticker = setInterval(() => this.#tick(), options.meterMs / TICKS_A_ROUND).unref();
  }

  /** Reservations that hold something now. */
  get live(): number {
    return this.#live.size;
  }

  /** It remembers nothing; ResilientLimiter does. */
  lastKnown(): readonly Standing[] {
    return [];
  }

  mayTakeLater(): boolean {
    return false;
  }

  askingLater(): void {}

  stats(): LimiterStats {
    return {
      mode: 'redis',
      replicas: 1,
      breakerOpens: 0,
      errors: this.#store.errors,
      sinceMs: 0,
      waitingSettles: this.#settles.waiting,
      droppedSettles: this.#settles.dropped,
    };
  }

  /** While Redis is known to be away nothing is sent by itself. */
  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    if (!isPaused) void this.#settles.flush();
  }

  async take(spender: Spender, charges: readonly RateCharge[]): Promise<TakeDecision> {
    return (await this.tryTake(spender, charges)) ?? AWAY;
  }

  async reserve(ask: ReserveAsk): Promise<ReserveDecision> {
    return (await this.tryReserve(ask)) ?? AWAY;
  }

  /** null: Redis did not answer. */
  async tryTake(spender: Spender, charges: readonly RateCharge[]): Promise<TakeDecision | null> {
    if (charges.length === 0) return GRANTED_NOTHING;
    const never = neverGranted(charges);
    if (never !== null) return deniedForEver(never);
    const { tenant } = spender;
    const rows = charges.map((charge, slot) => ({
      charge,
      slot,
      amount: askedAmount(charge, 0),
      believed: 0,
    }));
    const denied = this.#deniedBefore(tenant, rows);
    if (denied !== null) return denied;
    const call = { mode: 'take', tenant, requestId: null, rows, taken: [], takenAgeUs: 0 } as const;
    return this.decide(call, spender);
  }

  /** null: Redis did not answer; what it may have done is undone as soon as it does. */
  async tryReserve(ask: ReserveAsk): Promise<ReserveDecision | null> {
    const { spender, requestId, charges, outputTokens, taken } = ask;
    const known = this.#live.get(requestId);
    const reservation = known ?? new RedisReservation(this, ask);
    if (charges.length === 0 && known === null) return { granted: true, reservation, standings: [] };
    const takenAgeUs = ask.takenAtMs === undefined ? 0 : (performance.now() - ask.takenAtMs) * 1_000;
    const denied = known === null ? this.#deniedAtOnce(ask) : null;
    if (denied !== null) {
      if (taken.length > 0) this.#giveBack(spender.tenant, taken, takenAgeUs);
      return denied;
    }
    const decision = await reservation.ask(charges, outputTokens, taken, takenAgeUs);
    if (decision === null) {
      if (known === null) reservation.withdraw();
      return null;
    }
    if (!decision.granted) return decision;
    return { granted: true, reservation, standings: decision.standings };
  }

  async standings(spender: Spender, charges: readonly Charge[]): Promise<readonly Standing[]> {
    return (await this.tryStandings(spender, charges)) ?? [];
  }

  async tryStandings(spender: Spender, charges: readonly Charge[]): Promise<readonly Standing[] | null> {
    const rows = charges.map((charge, slot) => ({ charge, slot, amount: 0, believed: 0 }));
    const { tenant } = spender;
    const call = { mode: 'take', tenant, requestId: null, rows, taken: [], takenAgeUs: 0 } as const;
    // As for a strict one: what the ledger does not say must not be written for others to spend on.
    const decision = await this.decide(call, { ...spender, isStrict: true });
    return decision?.granted ? decision.standings : null;
  }

  /** One that holds nothing yet. */
  reservation(of: { readonly requestId: string; readonly spender: Spender }): RedisReservation {
    return new RedisReservation(this, { ...of, charges: [] });
  }

  /** Makes Redis know what was taken elsewhere. A repeat changes nothing. False: it did not answer. */
  async owe(tenant: string, owedId: string, rows: readonly Row[]): Promise<boolean> {
    return (await this.raise(tenant, owedId, rows)) !== null;
  }

  /** The same, kept until Redis has it. */
  oweLater(tenant: string, owedId: string, rows: readonly Row[]): void {
    this.#settles.send({ mode: 'raise', tenant, requestId: owedId, rows, taken: [], takenAgeUs: 0 });
  }

  async flush(signal: AbortSignal): Promise<void> {
    const sent: Promise<void>[] = [];
    this.#live.each((reservation) => sent.push(reservation.sent(null)));
    await Promise.race([Promise.all(sent), aborted(signal)]);
    while (!signal.aborted && this.#settles.waiting > 0) {
      const before = this.#settles.waiting;
      await Promise.race([this.#settles.flush().then(() => this.#settles.answered()), aborted(signal)]);
      if (this.#settles.waiting >= before) return;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#ticker);
  }

  // For RedisReservation.

  async decide(call: ScriptCall, spender: Spender): Promise<TakeDecision | null> {
    const isStrict = spender.isStrict || spender.isPrepaid;
    for (let asks = 0; asks < ASKS; asks++) {
      const reply = await this.#script.run(call);
      if (reply === null) return null;
      switch (reply.status) {
        case SCRIPT_STATUS.granted: {
          const standings = reply.standings(call.rows);
          this.#options.onStandings?.(call.tenant, call.rows, standings);
          return { granted: true, standings };
        }
        case SCRIPT_STATUS.denied:
          return this.#denial(call, reply);
        case SCRIPT_STATUS.unknownBudget:
          switch (await this.#seed(call, reply, isStrict)) {
            case 'away':
              return null;
            case 'unknown':
              return AWAY;
            case 'seeded':
              break;
          }
          break;
        default:
          // It was settled before: nothing is held, and nothing more is taken.
          return { granted: true, standings: reply.standings(call.rows) };
      }
    }
    return null;
  }

  async raise(tenant: string, requestId: string, rows: readonly Row[]): Promise<ScriptReply | null> {
    const reply = await this.#script.run({
      mode: 'raise',
      tenant,
      requestId,
      rows,
      taken: [],
      takenAgeUs: 0,
    });
    if (reply?.status === SCRIPT_STATUS.granted)
      this.#options.onStandings?.(tenant, rows, reply.standings(rows));
    return reply;
  }

  settle(holder: RedisReservation, rows: readonly Row[]): void {
    const { requestId, spender } = holder;
    const call = {
      mode: 'settle',
      tenant: spender.tenant,
      requestId,
      rows,
      taken: [],
      takenAgeUs: 0,
      holder,
    } as const;
    if (this.#isPaused) this.#settles.keep(call);
    else this.#settles.send(call);
  }

  remember(reservation: RedisReservation): void {
    this.#live.add(reservation);
  }

  forget(reservation: RedisReservation): void {
    this.#live.delete(reservation);
  }

  /** `unknown`: the ledger does not answer, and this spender must not spend on a guess; `away`: Redis does not. */
  async #seed(
    { tenant, rows }: ScriptCall,
    reply: ScriptReply,
    isStrict: boolean,
  ): Promise<'seeded' | 'unknown' | 'away'> {
    for (const [at, { charge }] of rows.entries()) {
      if (charge.type !== 'budget' || reply.budgetState(at) !== 'unknown') continue;
      const used = await this.#seeds.used(tenant, charge);
      if (used === null && isStrict) return 'unknown';
      if (!(await this.#setBudget(tenant, charge, used))) return 'away';
    }
    return 'seeded';
  }

  async #setBudget(tenant: string, charge: BudgetCharge, used: number | null): Promise<boolean> {
    const key = `${this.#options.keyPrefix}{${tenant}}:${charge.bucket}`;
    // What the ledger could not say is counted from 0 for a few seconds, and asked for again.
    const untilMs = used === null ? Date.now() + UNSEEDED_MS : charge.untilMs + BUDGET_GRACE_MS;
    const value = `${used ?? 0}`;
    return (await this.#store.within((redis) => redis.set(key, value, 'PXAT', untilMs, 'NX'))) !== undefined;
  }

  #denial({ tenant, rows }: ScriptCall, reply: ScriptReply): Denial {
    const charges = rows.map(({ charge }) => charge);
    const views = reply.views(rows);
    const denial = deniedLater(charges, views);
    const amounts = rows.map(({ amount }) => amount);
    const nowMs = this.#localUs() / 1_000;
    if (denial.why === 'later') this.#denied.remember(tenant, charges, amounts, { views, denial, nowMs });
    return denial;
  }

  #deniedBefore(tenant: string, rows: readonly Row[]): Denial | null {
    if (this.#denied.size === 0) return null;
    const charges = rows.map(({ charge }) => charge);
    const amounts = rows.map(({ amount }) => amount);
    return this.#denied.find(tenant, charges, amounts, this.#localUs() / 1_000);
  }

  /** Without asking Redis: what can never be granted, and what was denied a moment ago. */
  #deniedAtOnce({ spender, charges, outputTokens }: ReserveAsk): Denial | null {
    const never = neverGranted(charges);
    if (never !== null) return deniedForEver(never);
    if (this.#denied.size === 0) return null;
    const amounts = charges.map((charge) => askedAmount(charge, outputTokens));
    return this.#denied.find(spender.tenant, charges, amounts, this.#localUs() / 1_000);
  }

  #giveBack(tenant: string, taken: readonly RateCharge[], takenAgeUs: number): void {
    void this.#script.run({ mode: 'deny', tenant, requestId: null, rows: [], taken, takenAgeUs });
  }

  #tick(): void {
    if (this.#isPaused) return;
    const nowMs = performance.now();
    const { heartbeatMs } = this.#options;
    const part = this.#ticks++ % TICKS_A_ROUND;
    this.#live.eachOfPart(part, TICKS_A_ROUND, (reservation) => reservation.tick(nowMs, heartbeatMs));
    if (part === 0) void this.#settles.flush();
  }
}

const UNSEEDED_MS = 5_000;

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
