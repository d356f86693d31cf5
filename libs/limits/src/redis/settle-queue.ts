// What was used, on its way to Redis. Sent at once, kept until it is there; bounded, because Redis may be away for long.
import type { ScriptCall, ScriptReply } from './script-call.ts';

/** So many of those kept are under way at once: enough to empty ten thousand within a second, few enough for a deadline of 20 ms. */
const AT_ONCE = 64;

export class SettleQueue {
  readonly #send: (call: ScriptCall) => Promise<ScriptReply | null>;
  readonly #maxCalls: number;
  #calls: ScriptCall[] = [];
  /** Sent and not answered yet. */
  #underWay = 0;
  #dropped = 0;

  constructor(send: (call: ScriptCall) => Promise<ScriptReply | null>, maxCalls: number) {
    this.#send = send;
    this.#maxCalls = maxCalls;
  }

  get waiting(): number {
    return this.#calls.length + this.#underWay;
  }

  /** Their places expire with their leases, their rates and budgets keep what was metered last. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Goes with what else this turn asks, and is kept for `flush` if that fails. */
  send(call: ScriptCall): void {
    void this.#sendOne(call);
  }

  /** Waits for `flush`. */
  keep(call: ScriptCall): void {
    if (this.#calls.length >= this.#maxCalls) {
      this.#calls.shift();
      this.#dropped++;
    }
    this.#calls.push(call);
  }

  /** Sends what waits, until a call fails: that one and the rest stay. Calls may be repeated and reordered: amounts are set. */
  async flush(): Promise<void> {
    while (this.#calls.length > 0 && this.#underWay < AT_ONCE) {
      const calls = this.#calls.splice(0, AT_ONCE - this.#underWay);
      const nowMs = performance.now();
      const answers = await Promise.all(calls.map((call) => this.#sendOne(asOf(nowMs, call))));
      if (answers.includes(false)) return;
    }
  }

  async #sendOne(call: ScriptCall): Promise<boolean> {
    this.#underWay++;
    const reply = await this.#send(call);
    this.#underWay--;
    if (reply !== null) return true;
    this.keep(call);
    return false;
  }
}

function asOf(nowMs: number, call: ScriptCall): ScriptCall {
  return call.holder === undefined ? call : { ...call, rows: call.holder.rowsBy(nowMs, call.rows) };
}
