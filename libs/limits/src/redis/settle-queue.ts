// What was used, on its way to Redis. Sent at once, kept until it is there; bounded, because Redis may be away for long.
import type { ScriptCall, ScriptReply } from './script-call.ts';

/** So many of those kept are under way at once: enough to empty ten thousand within a second, few enough for a deadline of 20 ms. */
const AT_ONCE = 64;
/** So long after one was sent without an answer Redis surely knows it again, if it came there: tombstones live for five minutes. */
const SURE_MS = 240_000;
/** Kept while Redis is away. Beyond it the oldest is dropped, and counted. */
const MOST_CALLS = 100_000;

interface Kept {
  readonly call: ScriptCall;
  /** When it first went without an answer, of performance.now(); null: it never went. */
  readonly unansweredMs: number | null;
}

export class SettleQueue {
  readonly #send: (call: ScriptCall) => Promise<ScriptReply | null>;
  readonly #sureMs: number;
  #calls: Kept[] = [];
  /** Sent and not answered yet. */
  #underWay = 0;
  #awaiting: (() => void)[] = [];
  #dropped = 0;

  constructor(send: (call: ScriptCall) => Promise<ScriptReply | null>, sureMs = SURE_MS) {
    this.#send = send;
    this.#sureMs = sureMs;
  }

  get waiting(): number {
    return this.#calls.length + this.#underWay;
  }

  /** Their places expire with their leases, their rates and budgets keep what was metered last. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Goes with what else this turn asks, and is kept for `flush` if that fails. An end waits behind a debt that is kept, and for nothing
   * else: a budget does not go below 0, so what is given back of a debt must not be there before the debt.
   */
  send(call: ScriptCall): void {
    const first = this.#calls[0];
    if (first !== undefined && isDebt(first.call) && !isDebt(call)) this.keep(call);
    else void this.#sendOne(call, call, null);
  }

  /** Waits for `flush`. */
  keep(call: ScriptCall, unansweredMs: number | null = null): void {
    if (this.#calls.length >= MOST_CALLS) {
      this.#calls.shift();
      this.#dropped++;
    }
    // Ahead of the ends, so that the first tells whether there is any.
    if (isDebt(call)) this.#calls.unshift({ call, unansweredMs });
    else this.#calls.push({ call, unansweredMs });
  }

  /** Sends what waits, until a call fails: that one and the rest stay. Calls may be repeated and reordered: amounts are set. */
  async flush(): Promise<void> {
    while (this.#calls.length > 0 && this.#underWay < AT_ONCE) {
      const calls = this.#calls.splice(0, AT_ONCE - this.#underWay);
      const nowMs = performance.now();
      const answers = await Promise.all(
        calls.map((kept) => this.#sendOne(this.#asOf(nowMs, kept), kept.call, kept.unansweredMs)),
      );
      if (answers.includes(false)) return;
    }
  }

  /** Resolves when no call is under way. */
  answered(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#underWay === 0) resolve();
    else this.#awaiting.push(resolve);
    return promise;
  }

  async #sendOne(sent: ScriptCall, call: ScriptCall, unansweredMs: number | null): Promise<boolean> {
    this.#underWay++;
    const reply = await this.#send(sent);
    if (reply === null) this.keep(call, unansweredMs ?? performance.now());
    if (--this.#underWay === 0 && this.#awaiting.length > 0)
      for (const resolve of this.#awaiting.splice(0)) resolve();
    return reply !== null;
  }

  /**
   * What an end that Redis may have had, and forgotten again, is believed to hold is what it used: a repeat changes nothing then.
   * If Redis never had it, what was reserved stays counted, as of a gateway that was killed; else the end would be charged twice.
   */
  #asOf(nowMs: number, { call, unansweredMs }: Kept): ScriptCall {
    const { holder, rows } = call;
    if (holder === undefined) return call;
    if (unansweredMs === null || nowMs - unansweredMs < this.#sureMs)
      return { ...call, rows: holder.rowsBy(nowMs, rows) };
    return { ...call, rows: rows.map((row) => ({ ...row, believed: row.amount })) };
  }
}

/** What was taken of buckets without Redis (`RedisLimiter.oweLater`). */
function isDebt({ mode }: ScriptCall): boolean {
  return mode === 'raise';
}
