// A pause that can be cut short: a watch sleeps between two looks, and is rung when something looks wrong.
import type { Clock } from './clock.ts';

export class Alarm {
  readonly #clock: Clock;
  #isRung = false;
  #wake: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends after the delay, or at once when rung during it or since the last pause. One at a time. */
  pause(delayMs: number): Promise<void> {
    if (this.#isRung) {
      this.#isRung = false;
      return Promise.resolve();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => {
      cancel();
      this.#wake = null;
      this.#isRung = false;
      resolve();
    };
    const cancel = this.#clock.after(delayMs, end);
    this.#wake = end;
    return promise;
  }

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }
}
