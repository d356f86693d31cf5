// What one request holds in Redis, as this process believes it.
import { askedAmount, neverGranted, usedAmount } from '../amounts.ts';
import { budgetUsedUp } from '../budget-used-up.ts';
import { AWAY, deniedForEver, GRANTED_NOTHING } from '../decision-of.ts';
import type {
  Charge,
  HeldAmount,
  RateCharge,
  Reservation,
  ReserveAsk,
  Settlement,
  Spender,
  TakeDecision,
} from '../limiter.ts';
import type { LiveRequest } from '../live-requests.ts';
import { SCRIPT_STATUS } from './limit-script.ts';
import type { Holder, Row, ScriptCall, ScriptReply } from './script-call.ts';

/** What a reservation needs of its limiter. */
export interface ReservationDesk {
  /** Output tokens beyond what Redis knows that are told at once; fewer wait for the next tick. */
  readonly meterTokens: number;
  /** So long after a lease the request's record is in Redis, unless Redis lost what it had. */
  readonly recordSureMs: number;
  /** null: Redis did not answer. */
  decide(call: ScriptCall, spender: Spender): Promise<TakeDecision | null>;
  raise(tenant: string, requestId: string, rows: readonly Row[]): Promise<ScriptReply | null>;
  /** Kept until Redis has it. */
  settle(reservation: RedisReservation, rows: readonly Row[]): void;
  remember(reservation: RedisReservation): void;
  forget(reservation: RedisReservation): void;
}

interface Held {
  charge: Charge;
  readonly slot: number;
  /** As last confirmed by Redis. */
  amount: number;
  /** The last list of charges that named it. */
  named: number;
  /** Granted under this request's own record, not told to Redis by somebody else. */
  isRecorded: boolean;
}

export class RedisReservation implements Reservation, LiveRequest, Holder {
  readonly requestId: string;
  readonly spender: Spender;
  readonly #limiter: ReservationDesk;
  /** Every bucket it ever named: settling gives back what is in none of the charges used. */
  readonly #held: Held[] = [];
  readonly #exhausted: AbortController | null;
  #meteredTokens = 0;
  /** Covered by what Redis knows: beyond it, and `meterTokens` more, it is told. */
  #coveredTokens = Number.POSITIVE_INFINITY;
  #lists = 0;
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
    if (this.#isSettled) return GRANTED_NOTHING;
    const never = neverGranted(charges);
    if (never !== null) return deniedForEver(never);
    const { requestId, spender } = this;
    const rows = this.#rows(charges, (charge) => this.#amountOf(charge, outputTokens));
    const call = { mode: 'ask', tenant: spender.tenant, requestId, rows, taken, takenAgeUs } as const;
    const decision = await this.#limiter.decide(call, spender);
    if (decision?.granted && !this.#isSettled) this.#confirm(rows, charges.length);
    return decision;
  }

  meter(outputTokens: number): void {
    if (!(outputTokens > this.#meteredTokens)) return;
    this.#meteredTokens = outputTokens;
    if (outputTokens >= this.#coveredTokens + this.#limiter.meterTokens) this.send();
  }

  settle({ charges, outputTokens }: Settlement): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#limiter.forget(this);
    const used = (charge: Charge) => (charge.type === 'place' ? 0 : usedAmount(charge, outputTokens));
    const rows = this.#rows(charges, used);
    if (rows.length > 0) this.#limiter.settle(this, rows);
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
      one.isRecorded = true;
      if (isOverrun && one.charge.type === 'budget' && reply.budgetState(at) === 'overdrawn')
        this.#exhausted?.abort(budgetUsedUp(one.charge));
    }
    this.#coveredTokens = Math.max(this.#coveredTokens, outputTokens);
  }

  /**
   * Takes over what was granted elsewhere: it is held already, in rates and budgets, and only places are new here. But for the
   * budgets that Redis granted itself, if it came back without a record that cannot have run out: they are held anew.
   */
  async adopt(held: readonly HeldAmount[], meteredTokens: number): Promise<boolean> {
    this.#meteredTokens = meteredTokens;
    this.#coveredTokens = meteredTokens;
    const isSure = this.#isRecordSure(performance.now());
    for (const { charge, amount } of held) this.#heldOf(charge).amount = amount;
    if (!this.#isSettled) this.#limiter.remember(this);
    const rows = held.map(({ charge, amount }) => {
      const { slot, isRecorded } = this.#heldOf(charge);
      const isGone = charge.type === 'budget' && isRecorded && isSure;
      return { charge, slot, amount, believed: isGone ? 0 : amount };
    });
    if (rows.length === 0) return true;
    return (await this.#limiter.raise(this.spender.tenant, this.requestId, rows)) !== null;
  }

  /**
   * How it was settled, told late. Once the record may have run out by itself, budgets are believed to hold what they held: else
   * a Redis that lost nothing would charge what was used on top of what was reserved (`adopt` decides the same way).
   */
  rowsBy(nowMs: number, rows: readonly Row[]): readonly Row[] {
    if (this.#isRecordSure(nowMs)) return rows;
    return rows.map((row) =>
      row.charge.type === 'budget' ? { ...row, believed: this.#held[row.slot]?.amount ?? 0 } : row,
    );
  }

  #isRecordSure(nowMs: number): boolean {
    return nowMs - this.#leasedMs < this.#limiter.recordSureMs;
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

  /** What is asked of each charge, and nothing of every bucket that they no longer name. */
  #rows(charges: readonly Charge[], amountOf: (charge: Charge) => number): readonly Row[] {
    const list = ++this.#lists;
    const rows: Row[] = [];
    let at = 0;
    for (const charge of charges) {
      const held = this.#heldOf(charge, at++);
      held.named = list;
      rows.push(rowOf(held, charge, amountOf(charge)));
    }
    if (this.#held.length === rows.length) return rows;
    for (const held of this.#held) if (held.named !== list) rows.push(rowOf(held, held.charge, 0));
    return rows;
  }

  /** Mostly they come in the same order each time. */
  #heldOf(charge: Charge, at = this.#held.length): Held {
    const there = this.#held[at];
    if (there?.charge.bucket === charge.bucket) return there;
    const known = this.#held.find((one) => one.charge.bucket === charge.bucket);
    if (known) return known;
    const fresh = { charge, slot: this.#held.length, amount: 0, named: 0, isRecorded: false };
    this.#held.push(fresh);
    return fresh;
  }

  /** `named`: so many of the rows are of the charges asked for; the rest is given back. */
  #confirm(rows: readonly Row[], named: number): void {
    this.#limiter.remember(this);
    this.#leasedMs = performance.now();
    this.#coveredTokens = Number.POSITIVE_INFINITY;
    let at = 0;
    for (const { charge, slot, amount } of rows) {
      const isNamed = at++ < named;
      const held = this.#held[slot];
      if (held === undefined) continue;
      held.charge = charge;
      held.amount = amount;
      held.isRecorded = true;
      if (!isNamed || charge.perOutput <= 0) continue;
      const covered = Math.max(0, Math.floor((amount - charge.fixed) / charge.perOutput));
      this.#coveredTokens = Math.min(this.#coveredTokens, covered);
    }
  }
}

function rowOf({ slot, amount: before }: Held, charge: Charge, amount: number): Row {
  return { charge, slot, amount, believed: charge.type === 'budget' ? 0 : before };
}
