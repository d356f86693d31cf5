// Redis, and what to do without it (limits page R7): a question that is not answered is answered here, by this process's part of
// the limit; after a few of them Redis is left alone and tried each second; and before it is trusted again, it is told what was
// granted meanwhile. Strict spenders are refused instead.
import { randomUUID } from 'node:crypto';
import { AWAY, standingsOf } from '../decision-of.ts';
import type {
  Charge,
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
import { MemoryReservation } from '../memory-reservation.ts';
import { RedisLimiter, type RedisLimiterOptions } from '../redis/redis-limiter.ts';
import { RedisReservation } from '../redis/redis-reservation.ts';
import { RedisStore } from '../redis/redis-store.ts';
import { LastKnown } from './last-known.ts';
import { LocalSpell } from './local-spell.ts';
import { ReplicaCount } from './replica-count.ts';
import type { ReplicaFile } from './replica-file.ts';
import { ResilientReservation, type SpellDesk } from './resilient-reservation.ts';

export interface ResilientLimiterOptions extends RedisLimiterOptions {
  /** Failures in a row after which Redis is left alone, */
  readonly breakerFailures: number;
  /** but for one try in so long. */
  readonly breakerProbeMs: number;
  /** Without Redis for so long, whoever has a budget is refused, too. */
  readonly strictAfterMs: number;
  /** Where the number of gateways is kept over a restart; null: nowhere. */
  readonly replicaFile: ReplicaFile | null;
  /** Makes a new connection of one that may be dead: no packet comes, and no end of it either. */
  readonly reconnect: () => void;
  /** Ends the connection, when the limiter is closed. */
  readonly disconnect: () => void;
}

/** Tries that failed on one connection before a new one is made: TCP itself would wait for minutes. */
const TRIES_A_CONNECTION = 3;
/** Requests handed back at once when Redis returns: many enough to be quick, few enough for its deadline. */
const AT_ONCE = 64;

export class ResilientLimiter implements Limiter, SpellDesk {
  readonly #options: ResilientLimiterOptions;
  readonly #redis: RedisLimiter;
  readonly #probes: RedisStore;
  readonly #replicas: ReplicaCount;
  readonly #lastKnown = new LastKnown();
  readonly #live = new LiveRequests<ResilientReservation>();
  readonly #ticker: NodeJS.Timeout;
  /** Something was answered locally that Redis does not know of. */
  #spell: Spell | null = null;
  #failures = 0;
  /** Of performance.now(); null: Redis is asked. */
  #openSinceMs: number | null = null;
  #closedSinceMs = performance.now();
  #opens = 0;
  #failedTries = 0;
  #isTrying = false;

  constructor(options: ResilientLimiterOptions) {
    this.#options = options;
    const onOutcome = (error: Error | null) => {
      this.#count(error !== null);
      options.onOutcome?.(error);
    };
    const onStandings: RedisLimiterOptions['onStandings'] = (tenant, rows, standings) =>
      this.#lastKnown.noteAll(tenant, rows, standings, performance.now());
    this.#redis = new RedisLimiter({ ...options, onOutcome, onStandings });
    this.#probes = new RedisStore({ ...options, onOutcome });
    this.#replicas = new ReplicaCount({
      store: this.#probes,
      keyPrefix: options.keyPrefix,
      file: options.replicaFile,
    });
    this.#ticker = setInterval(() => void this.tick(), options.breakerProbeMs).unref();
  }

  get isTrusted(): boolean {
    return this.#openSinceMs === null;
  }

  async take(spender: Spender, charges: readonly RateCharge[]): Promise<TakeDecision> {
    const decision = this.isTrusted ? await this.#redis.tryTake(spender, charges) : null;
    if (decision !== null) return decision;
    const spell = this.spellFor(spender, charges);
    return spell === null ? AWAY : spell.limiter.take(spender, spell.partOfRates(spender.tenant, charges));
  }

  mayTakeLater({ tenant }: Spender, charges: readonly RateCharge[]): boolean {
    return this.isTrusted && this.#lastKnown.letThrough(tenant, charges, performance.now());
  }

  askingLater({ tenant }: Spender, charges: readonly RateCharge[]): void {
    this.#lastKnown.asking(tenant, charges);
  }

  async reserve(ask: ReserveAsk): Promise<ReserveDecision> {
    const known = this.#live.get(ask.requestId);
    if (known !== null) return this.#again(known, ask);
    const decision = this.isTrusted ? await this.#redis.tryReserve(ask) : null;
    if (decision === null) return this.#reserveLocally(ask);
    if (!decision.granted) return decision;
    const granted = decision.reservation instanceof RedisReservation ? decision.reservation : null;
    const reservation = this.#remember(new ResilientReservation(this, ask, granted));
    return { granted: true, reservation, standings: decision.standings };
  }

  async standings(spender: Spender, charges: readonly Charge[]): Promise<readonly Standing[]> {
    const standings = this.isTrusted ? await this.#redis.tryStandings(spender, charges) : null;
    if (standings !== null) return standings;
    const { local } = this.#spellNow();
    return local.limiter.standings(spender, local.part(spender.tenant, charges));
  }

  lastKnown(spender: Spender, charges: readonly Charge[]): readonly Standing[] {
    const { tenant } = spender;
    const rates = charges.filter((charge) => charge.type === 'rate');
    const local = this.#spell?.local;
    if (local !== undefined) return local.limiter.lastKnown(spender, local.partOfRates(tenant, rates));
    const nowMs = performance.now();
    return rates.flatMap((charge) => {
      const view = this.#lastKnown.view(tenant, charge, nowMs);
      return view === null ? [] : standingsOf([charge], [view]);
    });
  }

  stats(): LimiterStats {
    const since = this.#openSinceMs ?? this.#closedSinceMs;
    const stats = this.#redis.stats();
    return {
      ...stats,
      errors: stats.errors + this.#probes.errors,
      mode: this.isTrusted ? 'redis' : 'local',
      replicas: this.#replicas.known,
      breakerOpens: this.#opens,
      sinceMs: performance.now() - since,
    };
  }

  flush(signal: AbortSignal): Promise<void> {
    return this.#redis.flush(signal);
  }

  async close(): Promise<void> {
    clearInterval(this.#ticker);
    if (this.isTrusted) await this.#replicas.leave();
    await this.#replicas.kept();
    await this.#redis.close();
    this.#options.disconnect();
  }

  /**
   * Called each `breakerProbeMs`, and by whoever opens it once Redis is connected: says that this process is there, and comes back
   * to Redis when it answers again.
   */
  async tick(): Promise<void> {
    if (this.#isTrying) return;
    this.#isTrying = true;
    try {
      if (!(await this.#replicas.tell())) {
        this.#failedTries++;
        if (this.#failedTries % TRIES_A_CONNECTION === 0) this.#options.reconnect();
        return;
      }
      this.#failedTries = 0;
      if (this.#spell === null) this.#close();
      else await this.#handBack(this.#spell);
    } finally {
      this.#isTrying = false;
    }
  }

  // For ResilientReservation.

  spellFor(spender: Spender, charges: readonly Charge[]): LocalSpell | null {
    if (spender.isStrict || spender.isPrepaid) return null;
    const awayMs = this.#openSinceMs === null ? 0 : performance.now() - this.#openSinceMs;
    const isLong = awayMs >= this.#options.strictAfterMs;
    return isLong && charges.some(({ type }) => type === 'budget') ? null : this.#spellNow().local;
  }

  forget(reservation: ResilientReservation): void {
    this.#live.delete(reservation);
  }

  async #again(known: ResilientReservation, { charges, outputTokens }: ReserveAsk): Promise<ReserveDecision> {
    const decision = await known.change(charges, outputTokens);
    return decision.granted ? { granted: true, reservation: known, standings: decision.standings } : decision;
  }

  async #reserveLocally(ask: ReserveAsk): Promise<ReserveDecision> {
    const { spender, charges, taken } = ask;
    const spell = this.spellFor(spender, charges);
    if (spell === null) return AWAY;
    const decision = await spell.limiter.reserve({
      ...ask,
      charges: spell.part(spender.tenant, charges),
      taken: spell.partOfRates(spender.tenant, taken),
    });
    if (!decision.granted) return decision;
    const reservation = this.#remember(new ResilientReservation(this, ask, null));
    if (decision.reservation instanceof MemoryReservation) reservation.startedIn(spell, decision.reservation);
    return { granted: true, reservation, standings: decision.standings };
  }

  #remember(reservation: ResilientReservation): ResilientReservation {
    this.#live.add(reservation);
    return reservation;
  }

  #spellNow(): Spell {
    if (this.#spell !== null) return this.#spell;
    const local = new LocalSpell({
      replicas: this.#replicas.known,
      lastKnown: this.#lastKnown,
      truth: this.#options.truth,
      nowMs: () => performance.now(),
    });
    this.#spell = { local, owedId: `owed-${randomUUID()}` };
    this.#live.each((reservation) => reservation.countIn(local));
    return this.#spell;
  }

  #count(isFailure: boolean): void {
    if (!isFailure) this.#failures = 0;
    else if (++this.#failures >= this.#options.breakerFailures && this.#openSinceMs === null) this.#open();
  }

  #open(): void {
    this.#openSinceMs = performance.now();
    this.#opens++;
    this.#redis.isPaused = true;
    this.#spellNow();
  }

  #close(): void {
    this.#spell = null;
    if (this.#openSinceMs === null) return;
    this.#openSinceMs = null;
    this.#closedSinceMs = performance.now();
    this.#failures = 0;
    this.#redis.isPaused = false;
  }

  /** Tells Redis what was granted without it, and trusts it again; or not, if it goes away meanwhile. */
  async #handBack({ local, owedId }: Spell): Promise<void> {
    const owed = local.owed().map(
      ({ tenant, part, rows }) =>
        () =>
          this.#redis.owe(tenant, `${owedId}-${part}`, rows),
    );
    if (!(await allOf(owed))) return;
    const live: (() => Promise<boolean>)[] = [];
    this.#live.each((reservation) => live.push(() => reservation.returnTo(this.#redis, local)));
    if (!(await allOf(live))) return;
    // What was granted while that was under way goes ahead of the first question, on the same connection.
    for (const { tenant, part, rows } of local.owed())
      this.#redis.oweLater(tenant, `${owedId}-${part}`, rows);
    this.#live.each((reservation) => reservation.leaveTo(this.#redis, local));
    this.#close();
  }
}

interface Spell {
  readonly local: LocalSpell;
  /** Under which Redis is told what is owed: a repeat changes nothing. */
  readonly owedId: string;
}

/** A few at a time; ends with the first that fails. */
async function allOf(tasks: readonly (() => Promise<boolean>)[]): Promise<boolean> {
  for (let from = 0; from < tasks.length; from += AT_ONCE) {
    const done = await Promise.all(tasks.slice(from, from + AT_ONCE).map((task) => task()));
    if (done.includes(false)) return false;
  }
  return true;
}
