// A worker just back gets its share of requests gradually: its prefix cache is empty, and if it falls again few are hurt.

interface SlowStartOptions {
  /** The share at first, and how long until it is whole. */
  readonly slowStartShare: number;
  readonly slowStartMs: number;
}

export class SlowStart {
  readonly #options: SlowStartOptions;
  readonly #nowMs: () => number;
  /** null while the share is whole, as it nearly always is: then the clock is not read. */
  #sinceMs: number | null = null;

  constructor(options: SlowStartOptions, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
  }

  /** 0 < share <= 1; grows in a straight line. */
  get share(): number {
    if (this.#sinceMs === null) return 1;
    const { slowStartShare, slowStartMs } = this.#options;
    const passedMs = this.#nowMs() - this.#sinceMs;
    return passedMs >= slowStartMs ? 1 : slowStartShare + (1 - slowStartShare) * (passedMs / slowStartMs);
  }

  begin(): void {
    this.#sinceMs = this.#nowMs();
  }

  end(): void {
    this.#sinceMs = null;
  }
}
