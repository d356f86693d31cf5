// One call of the script, and what comes of it.
import { type ChargeView, standingOf } from '../decision-of.ts';
import type { Charge, RateCharge, Standing } from '../limiter.ts';
import { SCRIPT_STATUS, type ScriptMode, VIEW_NUMBERS } from './limit-script.ts';

/** What a bucket shall hold of one request. */
export interface Row {
  readonly charge: Charge;
  /** Place in the request's record; the same in every call. */
  readonly slot: number;
  readonly amount: number;
  /** What it holds if Redis has forgotten the request. */
  readonly believed: number;
}

export interface ScriptCall {
  readonly mode: ScriptMode;
  readonly tenant: string;
  /** null: nothing is remembered of it. */
  readonly requestId: string | null;
  readonly rows: readonly Row[];
  /** Taken before, to go back if this is denied. */
  readonly taken: readonly RateCharge[];
  readonly takenAgeUs: number;
  /** Of a call that is kept while Redis is away: asked again what is believed, when it is sent at last. */
  readonly holder?: Holder;
}

export interface Holder {
  /** The same rows as far as they still hold at `nowMs` of `performance.now()`. */
  rowsBy(nowMs: number, rows: readonly Row[]): readonly Row[];
}

/** What the script answered to one call: its part of the reply to all of them. */
export class ScriptReply {
  readonly #reply: DataView;
  readonly #from: number;

  /** `from`: which of the reply's numbers is the status. */
  constructor(reply: DataView, from: number) {
    this.#reply = reply;
    this.#from = from;
  }

  get status(): number {
    return this.#number(0);
  }

  /** The script could not run this call. */
  get hasFailed(): boolean {
    return this.status === SCRIPT_STATUS.failed;
  }

  /** The view of each row, in their order; of `ask`, `take` and `raise`. */
  views(rows: readonly Row[]): readonly ChargeView[] {
    return rows.map((_, row) => ({
      waitMs: this.#number(1 + row * VIEW_NUMBERS) / 1_000,
      remaining: this.#remaining(row),
      resetMs: this.#resetMs(row),
    }));
  }

  /** The same without the wait, which is 0 for what was granted. */
  standings(rows: readonly Row[]): readonly Standing[] {
    return rows.map(({ charge }, row) => standingOf(charge, this.#remaining(row), this.#resetMs(row)));
  }

  /** What the script says of a budget beside what remains. */
  budgetState(row: number): 'known' | 'overdrawn' | 'unknown' {
    const remaining = this.#number(2 + row * VIEW_NUMBERS);
    if (remaining >= 0) return 'known';
    return remaining === -1 ? 'overdrawn' : 'unknown';
  }

  #remaining(row: number): number {
    return Math.max(0, this.#number(2 + row * VIEW_NUMBERS));
  }

  #resetMs(row: number): number {
    return this.#number(3 + row * VIEW_NUMBERS) / 1_000;
  }

  #number(at: number): number {
    return this.#reply.getFloat64((this.#from + at) * 8, true);
  }
}

/** How many numbers of the reply are of this call. */
export function replyNumbers({ mode, rows }: ScriptCall): number {
  return mode === 'settle' || mode === 'deny' ? 1 : 1 + rows.length * VIEW_NUMBERS;
}
