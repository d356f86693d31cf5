// When each step of a request began: one reading of the clock a step. A step lasts until the next begins, the last until the
// request ends; so a refusal shows in which step it came, and no time is left out.

/** In the order of serve-completion.ts; `route` to `attempt` may come again, for a wait or another worker. */
export const STEP_NAMES = [
  'identify',
  'read',
  'parse',
  'count',
  'route',
  'reserve',
  'intend',
  'wait',
  'attempt',
  'charge',
] as const;

export type StepName = (typeof STEP_NAMES)[number];

/** Times are milliseconds on the monotonic clock (performance.now()). */
interface Step {
  readonly name: StepName;
  readonly startedMs: number;
  readonly endedMs: number;
}

/**
 * A request that waits for minutes is woken again and again, and its record is kept (docs/adr/0016). From here on a turn of route
 * and wait replaces the one before it, and the wait before that lasts until the new turn.
 */
export const MOST_STEPS = 64;

export class StepTimes {
  readonly #names: StepName[] = [];
  readonly #startedMs: number[] = [];

  enter(name: StepName, atMs: number = performance.now()): void {
    if (this.#names.length >= MOST_STEPS) {
      this.#names.length = MOST_STEPS - 2;
      this.#startedMs.length = MOST_STEPS - 2;
    }
    this.#names.push(name);
    this.#startedMs.push(atMs);
  }

  /** `endedMs`: when the request ended, or now while it runs. */
  list(endedMs: number): readonly Step[] {
    return this.#names.map((name, index) => ({
      name,
      startedMs: this.#startedMs[index] ?? endedMs,
      endedMs: this.#startedMs[index + 1] ?? endedMs,
    }));
  }
}
