// What one request holds in Redis, as this process believes it.
import { askedAmount, neverGranted, usedAmount } from '../amounts.ts';
import { budgetUsedUp } from '../budget-used-up.ts';
import { deniedForEver } from '../decision-of.ts';
import type {
  Charge,
  HeldAmount,
  RateCharge,
  Reservation,
  ReserveAsk,
  Spender,
  TakeDecision,
} from '../limiter.ts';
import type { LiveRequest } from '../live-requests.ts';
import { SCRIPT_STATUS } from './limit-script.ts';
import type { Row, ScriptCall, ScriptReply } from './script-call.ts';

/** What a reservation needs of its limiter. */
export interface ReservationDesk {
  /** Output tokens beyond what Redis knows that are told at once; fewer wait for the next tick. */
  readonly meterTokens: number;
  /** null: Redis did not answer. */
  decide(call: ScriptCall, spender: Spender): Promise<TakeDecision | null>;
  raise(tenant: string, requestId: string, rows: readonly Row[]): Promise<ScriptReply | null>;
  /** Kept until Redis has it. */
  settle(tenant: string, requestId: string, rows: readonly Row[]): void;
  remember(reservation: RedisReservation): void;
  forget(reservation: RedisReservation): void;
}

interface Held {
  charge: Charge;
  readonly slot: number;
  /** As last confirmed by Redis. */
  amount: number;
}

export class RedisReservation implements Reservation, LiveRequest {
  readonly requestId: string;
  readonly spender: Spender;
  readonly #limiter: ReservationDesk;
  /** Every bucket it ever named: settling gives back what is in none of the charges used. */
  readonly #held: Held[] = [];
  readonly #exhausted: AbortController | null;
  #meteredTokens = 0;
  /** Covered by what Redis knows: beyond it, and `meterTokens` more, it is told. */
  #coveredTokens = Number.POSITIVE_INFINITY;
  #isSending = false;
  #isSettled = false;
  #leasedMs = 0;

  constructor(
    limiter: ReservationDesk,
    { requestId, spender, charges }: Pick<ReserveAsk, 'requestId' | 'spender' | 'charges'>,
  ) {
    this.requestId = requestId;
    this.spender = spender;
    this.#limiter = limiter;
    const isCut = spender.isPrepaid && charges.some(({ type }) => type === 'budget');
    this.#exhausted = isCut ? new AbortController() : null;
  }

  get exhausted(): AbortSignal | null {
    return this.#exhausted?.signal ?? null;
  }

  get holdsAny(): boolean {
    return this.#held.some(({ amount }) => amount > 0);
  }

  /** What places it holds, for whoever counts them while Redis is away. */
  get held(): readonly HeldAmount[] {
    return this.#held;
  }

  get meteredTokens(): number {
    return this.#meteredTokens;
  }

  async change(charges: readonly Charge[], outputTokens: number): Promise<TakeDecision> {
    return (await this.ask(charges, outputTokens, [], 0)) ?? AWAY;
  }

  /** null: Redis did not answer; what it did nobody knows, so it is to be told what holds. */
  async ask(
    charges: readonly Charge[],
    outputTokens: number,
    taken: readonly RateCharge[],
    takenAgeUs: number,
  ): Promise<TakeDecision | null> {
    if (this.#isSettled) return GRANTED;
    const never = neverGranted(charges);
    if (never !== null) return deniedForEver(never);
    const amounts = charges.map((charge) => this.#amountOf(charge, outputTokens));
    const { requestId, spender } = this;
    for (const charge of charges) this.#heldOf(charge);
    const rows = this.#rows(charges, amounts);
    const call = { mode: 'ask', tenant: spender.tenant, requestId, rows, taken, takenAgeUs } as const;
    const decision = await this.#limiter.decide(call, spender);
    if (decision?.granted && !this.#isSettled) this.#confirm(charges, amounts);
    return decision;
  }

  meter(outputTokens: number): void {
    if (!(outputTokens > this.#meteredTokens)) return;
    this.#meteredTokens = outputTokens;
    if (outputTokens >= this.#coveredTokens + this.#limiter.meterTokens) this.send();
  }

  settle({
    charges,
    outputTokens,
  }: {
    readonly charges: readonly Charge[];
    readonly outputTokens: number;
  }): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#limiter.forget(this);
    for (const charge of charges) this.#heldOf(charge);
    if (this.#held.length === 0) return;
    const used = charges.map((charge) => (charge.type === 'place' ? 0 : usedAmount(charge, outputTokens)));
    this.#limiter.settle(this.spender.tenant, this.requestId, this.#rows(charges, used));
  }

  /** As if it had never been: after a question that was not answered. */
  withdraw(): void {
    this.settle({ charges: [], outputTokens: 0 });
  }

  /** Each tick: what was metered and not told, and leases that need renewing. */
  tick(nowMs: number, heartbeatMs: number): void {
    if (nowMs - this.#leasedMs >= heartbeatMs) this.send(nowMs);
    else if (this.#meteredTokens > this.#coveredTokens) this.send();
  }

  /** One at a time: the next tick sends what came meanwhile. With a time, places and the record are leased anew. */
  send(leaseMs: number | null = null): void {
    if (this.#isSending || this.#isSettled) return;
    this.#isSending = true;
    this.sent(leaseMs).finally(() => {
      this.#isSending = false;
    });
  }

  async sent(leaseMs: number | null): Promise<void> {
    const outputTokens = this.#meteredTokens;
    const held = this.#held.filter(
      ({ charge, amount }) => amount > 0 && (leaseMs !== null || charge.type !== 'place'),
    );
    const rows = held.map((one) => this.#raised(one, outputTokens));
    if (rows.length === 0) return;
    const reply = await this.#limiter.raise(this.spender.tenant, this.requestId, rows);
    if (reply === null || reply.status !== SCRIPT_STATUS.granted || this.#isSettled) return;
    if (leaseMs !== null) this.#leasedMs = leaseMs;
    for (const [at, one] of held.entries()) {
      const row = rows[at];
      if (row === undefined) continue;
      const isOverrun = row.amount > one.amount;
      one.amount = row.amount;
      if (isOverrun && one.charge.type === 'budget' && reply.budgetState(at) === 'overdrawn')
        this.#exhausted?.abort(budgetUsedUp(one.charge));
    }
    this.#coveredTokens = Math.max(this.#coveredTokens, outputTokens);
  }

  /** Takes over what was granted elsewhere: it is held already, in rates and budgets, and only places are new here. */
  async adopt(held: readonly HeldAmount[], meteredTokens: number): Promise<boolean> {
    this.#meteredTokens = meteredTokens;
    this.#coveredTokens = meteredTokens;
    for (const { charge, amount } of held) this.#heldOf(charge).amount = amount;
    if (!this.#isSettled) this.#limiter.remember(this);
    const rows = held.map(({ charge, amount }) => ({
      charge,
      slot: this.#heldOf(charge).slot,
      amount,
      believed: amount,
    }));
    if (rows.length === 0) return true;
    return (await this.#limiter.raise(this.spender.tenant, this.requestId, rows)) !== null;
  }

  /** After a restart of Redis the rates' past is gone, and with it this request's part; budgets come back without it. */
  #raised({ charge, slot, amount }: Held, outputTokens: number): Row {
    const raised = charge.perOutput > 0 ? Math.max(amount, usedAmount(charge, outputTokens)) : amount;
    return { charge, slot, amount: raised, believed: charge.type === 'budget' ? 0 : amount };
  }

  #amountOf(charge: Charge, outputTokens: number): number {
    const metered = this.#meteredTokens > 0 ? usedAmount(charge, this.#meteredTokens) : 0;
    return Math.max(askedAmount(charge, outputTokens), metered);
  }

  #rows(charges: readonly Charge[], amounts: readonly number[]): readonly Row[] {
    const rows: Row[] = charges.map((charge, at) => {
      const { slot, amount } = this.#heldOf(charge);
      return { charge, slot, amount: amounts[at] ?? 0, believed: charge.type === 'budget' ? 0 : amount };
    });
    for (const { charge, slot, amount } of this.#held) {
      if (charges.some(({ bucket }) => bucket === charge.bucket)) continue;
      rows.push({ charge, slot, amount: 0, believed: charge.type === 'budget' ? 0 : amount });
    }
    return rows;
  }

  #heldOf(charge: Charge): Held {
    const known = this.#held.find((one) => one.charge.bucket === charge.bucket);
    if (known) return known;
    const fresh = { charge, slot: this.#held.length, amount: 0 };
    this.#held.push(fresh);
    return fresh;
  }

  #confirm(charges: readonly Charge[], amounts: readonly number[]): void {
    this.#limiter.remember(this);
    this.#leasedMs = performance.now();
    for (const one of this.#held) one.amount = 0;
    this.#coveredTokens = Number.POSITIVE_INFINITY;
    for (const [at, charge] of charges.entries()) {
      const one = this.#heldOf(charge);
      one.charge = charge;
      one.amount = amounts[at] ?? 0;
      if (charge.perOutput <= 0) continue;
      const covered = Math.max(0, Math.floor((one.amount - charge.fixed) / charge.perOutput));
      this.#coveredTokens = Math.min(this.#coveredTokens, covered);
    }
  }
}

const GRANTED: TakeDecision = { granted: true, standings: [] };
const AWAY: TakeDecision = { granted: false, why: 'away', retryAfterMs: 1_000 };
