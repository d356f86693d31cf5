// What one request holds of its caller's limits, from the first reservation to what was really used. The pipeline says
// where the request is going (parked, or running in a pool); this asks the limiter for what that takes, once.
import {
  type Charge,
  chargesFor,
  type Limiter,
  type OutputEstimate,
  type RateCharge,
  type RequestAmounts,
  type Reservation,
  type ReserveDecision,
  type TakeDecision,
} from '#limits';
import type { Fault } from '#protocol';
import type { Demand } from '#routing';
import type { Caller } from '#tenancy';
import type { Fleet } from '#workers';
import { kvTokens } from './kv-tokens.ts';
import { largestWindow } from './largest-window.ts';
import { limitFault } from './limit-fault.ts';
import { tellStandings } from './limit-headers.ts';
import { limitsOf } from './limits-of.ts';
import type { Measured } from './measure.ts';
import type { Pricing } from './pricing.ts';

interface SpendingPorts {
  readonly limiter: Limiter;
  readonly pricing: Pricing;
  readonly outputEstimate: Pick<OutputEstimate, 'tokens' | 'observe'>;
  readonly fleet: Pick<Fleet, 'snapshot'>;
  readonly settings: {
    /** Output reserved, at most, for a request that states none. */
    readonly unstatedOutputTokens: number;
  };
}

interface Spender {
  readonly requestId: string;
  readonly caller: Caller;
  readonly model: string;
  readonly measured: Measured;
  /** Requests taken before the body was read; they go back if the rest is denied. */
  readonly taken: readonly RateCharge[];
  readonly takenAtMs: number;
  /** Requests that were not taken before: they are taken with the rest. */
  readonly later: readonly RateCharge[];
  /** When the request came, on the monotonic clock. */
  readonly startedMs: number;
  /** Headers of the answer to come. */
  readonly headers: Record<string, string>;
  /** Called when a budget that must not be overdrawn is used up while the answer runs. */
  onExhausted(fault: Fault): void;
}

/** Where the request is going. A parked one holds its place and its input, but neither output nor KV (decisions L3). */
export interface Going {
  readonly phase: 'parked' | 'running';
  readonly pool: string;
  readonly demand: Demand;
}

export interface Used {
  /** 0 when no worker did any of it. */
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

export class Spending {
  readonly #ports: SpendingPorts;
  readonly #spender: Spender;
  readonly #startedAtMs = Date.now();
  #reservation: Reservation | null = null;
  #phase: Going['phase'] | null = null;
  #pool = '';
  #hasAsked = false;
  #last: { readonly amounts: RequestAmounts; readonly charges: readonly Charge[] } | null = null;

  constructor(ports: SpendingPorts, spender: Spender) {
    this.#ports = ports;
    this.#spender = spender;
  }

  /**
   * Holds what the request needs where it goes. Gives a promise only when the limiter is elsewhere: then time has passed,
   * and the route must be chosen again. Throws or rejects with the Fault of a denial; what was held before stays held.
   */
  hold(going: Going): Promise<void> | null {
    if (this.holds(going)) return null;
    const { measured } = this.#spender;
    const heldKv = kvTokens(measured, going.demand);
    const charges = this.#charges(going.phase, going.pool, heldKv, measured.chargedTokens, 0);
    const decided = this.#ask(charges, going.phase === 'running' ? this.#reserved(going.demand) : 0);
    if (decided === null) {
      this.#went(going);
      return null;
    }
    if (decided instanceof Promise) return decided.then((decision) => this.#heard(decision, going));
    this.#heard(decided, going);
    return null;
  }

  /** The limiter has heard of the request. */
  get hasAsked(): boolean {
    return this.#hasAsked;
  }

  holds({ phase, pool }: Pick<Going, 'phase' | 'pool'>): boolean {
    return this.#phase === phase && this.#pool === pool;
  }

  /** Output tokens streamed so far, in all. Called for each frame. */
  meter(outputTokens: number): void {
    this.#reservation?.meter(outputTokens);
  }

  /** What was really used; frees the rest. Idempotent, never throws. */
  settle({ inputTokens, cachedTokens, outputTokens }: Used): void {
    const { caller, model } = this.#spender;
    if (outputTokens > 0) this.#ports.outputEstimate.observe(caller.tenant, model, outputTokens);
    if (!this.#reservation) return;
    const charges = this.#charges('running', this.#pool, 0, inputTokens, cachedTokens);
    this.#reservation.settle({ charges, outputTokens });
  }

  #ask(
    charges: readonly Charge[],
    outputTokens: number,
  ): ReserveDecision | TakeDecision | Promise<ReserveDecision | TakeDecision> | null {
    if (this.#reservation) return this.#reservation.change(charges, outputTokens);
    if (charges.length === 0) return null;
    const { caller, requestId, taken, takenAtMs, later, startedMs } = this.#spender;
    if (later.length > 0 && !this.#hasAsked) this.#ports.limiter.askingLater(caller, later);
    this.#hasAsked = true;
    return this.#ports.limiter.reserve({
      spender: caller,
      requestId,
      charges,
      outputTokens,
      taken,
      takenAtMs,
      startedMs,
    });
  }

  #heard(decision: ReserveDecision | TakeDecision, going: Going): void {
    if (!decision.granted) {
      if ('standings' in decision) tellStandings(this.#spender.headers, decision.standings);
      throw limitFault(decision, this.#spender.headers);
    }
    tellStandings(this.#spender.headers, decision.standings);
    if ('reservation' in decision) this.#keep(decision.reservation);
    this.#went(going);
  }

  #keep(reservation: Reservation): void {
    this.#reservation = reservation;
    const { exhausted } = reservation;
    exhausted?.addEventListener('abort', () => this.#spender.onExhausted(exhausted.reason), { once: true });
  }

  #went({ phase, pool }: Going): void {
    this.#phase = phase;
    this.#pool = pool;
  }

  /** To settle they are mostly those that were asked for: `kvTokens` 0 says that places are given back. */
  #charges(
    phase: Going['phase'],
    pool: string,
    kvTokens: number,
    inputTokens: number,
    cachedTokens: number,
  ): readonly Charge[] {
    const { caller, model, later } = this.#spender;
    const { pricing } = this.#ports;
    const amounts = {
      inputTokens,
      cachedTokens,
      kvTokens,
      poolWeight: pricing.weightOf(pool),
      price: pricing.priceOf(model, pool),
      phase,
    };
    if (this.#last !== null && areAlikeUsed(this.#last.amounts, amounts)) return this.#last.charges;
    const others = chargesFor(limitsOf(caller), amounts, {
      largestWindowTokens: largestWindow(this.#ports.fleet),
      largestPoolWeight: pricing.largestWeight,
      nowMs: this.#startedAtMs,
    });
    const charges = later.length === 0 ? others : [...later, ...others];
    this.#last = { amounts, charges };
    return charges;
  }

  /** Little for who states nothing: a reservation for what QwQ may think would starve its tenant (R3). */
  #reserved({ outputBudget, outputBudgetSource }: Demand): number {
    const { caller, model, measured } = this.#spender;
    const { outputEstimate, settings } = this.#ports;
    const most =
      outputBudgetSource === 'assumed' ? Math.min(outputBudget, settings.unstatedOutputTokens) : outputBudget;
    const usual = outputEstimate.tokens(caller.tenant, model) ?? most;
    return Math.min(most, usual) * measured.answers;
  }
}

/** What is used is charged by the same amounts as what was asked for; places do not count. */
function areAlikeUsed(asked: RequestAmounts, used: RequestAmounts): boolean {
  return (
    (used.kvTokens === 0 || used.kvTokens === asked.kvTokens) &&
    used.inputTokens === asked.inputTokens &&
    (used.cachedTokens === asked.cachedTokens || used.price === null) &&
    used.poolWeight === asked.poolWeight &&
    used.price === asked.price &&
    used.phase === asked.phase
  );
}
