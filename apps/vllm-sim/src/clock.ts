// Time as a port: servers run on the machine's clock, tests of the engine on a virtual one that only moves when told.
export interface Clock {
  /** Milliseconds from some fixed point; never goes back. */
  nowMs(): number;
  /** Calls back once, no sooner than `atMs`; the returned function cancels. */
  wake(atMs: number, call: () => void): () => void;
}

export const realClock: Clock = {
  nowMs: () => performance.now(),
  wake(atMs, call) {
    const timer = setTimeout(call, Math.max(0, atMs - performance.now()));
    return () => clearTimeout(timer);
  },
};

/** Moves only by `advance`; calls run in order of their time, then of their asking. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #alarms: { readonly atMs: number; readonly call: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wake(atMs: number, call: () => void): () => void {
    const alarm = { atMs: Math.max(atMs, this.#nowMs), call };
    const later = this.#alarms.findIndex((other) => other.atMs > alarm.atMs);
    this.#alarms.splice(later < 0 ? this.#alarms.length : later, 0, alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  /** Runs everything due up to `untilMs`, what those calls ask for included. */
  advanceTo(untilMs: number): void {
    for (let next = this.#alarms[0]; next && next.atMs <= untilMs; next = this.#alarms[0]) {
      this.#alarms.shift();
      this.#nowMs = next.atMs;
      next.call();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** Runs until nothing is left to wait for. */
  runOut(): void {
    for (let next = this.#alarms[0]; next; next = this.#alarms[0]) this.advanceTo(next.atMs);
  }
}
