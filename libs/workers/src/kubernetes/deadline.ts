// A signal that aborts when its time is up or when the caller's does, with the failure as its reason.
import type { Clock } from '../clock.ts';
import { ApiFailure } from './api-failure.ts';

export class Deadline {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #outer: AbortSignal;
  readonly #cancel = () => this.#controller.abort(this.#outer.reason);
  #disarm: () => void = () => {};

  constructor(clock: Clock, outer: AbortSignal) {
    this.#clock = clock;
    this.#outer = outer;
    if (outer.aborted) this.#cancel();
    else outer.addEventListener('abort', this.#cancel, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Time starts anew: what is to come must come within it. */
  within(limitMs: number, what: string): void {
    this.#disarm();
    this.#disarm = this.#clock.after(limitMs, () =>
      this.#controller.abort(new ApiFailure('timeout', `${what} within ${limitMs} ms`)),
    );
  }

  /** To be called in `finally`. */
  close(): void {
    this.#disarm();
    this.#outer.removeEventListener('abort', this.#cancel);
  }
}
