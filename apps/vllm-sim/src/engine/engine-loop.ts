// Runs an engine on a clock: one timer for the whole engine, however many streams it feeds.
import type { Clock } from '../clock.ts';
import type { Engine } from './engine.ts';
import type { Sequence, Work } from './sequence.ts';

/** Lateness made up for by steps in a row; timers are a millisecond or two late, and steps may be shorter. */
const caughtUpMs = 10;

export class EngineLoop {
  readonly #engine: Engine;
  readonly #clock: Clock;
  #cancel: (() => void) | null = null;
  #isStopped = false;
  #isFrozen = false;

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  submit(work: Work): Sequence {
    const sequence = this.#engine.submit(work, this.#clock.nowMs());
    if (this.#cancel === null) this.#step(this.#clock.nowMs());
    return sequence;
  }

  /** Steps stop until thawed; requests are taken and wait. */
  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    if (this.#cancel === null) this.#step(this.#clock.nowMs());
  }

  /** No step is taken any more; what runs stays silent. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  /**
   * Takes steps until one ends in the future. `plannedMs` and not the present: late timers must not make the engine
   * slower than its step time. A process that was held up for longer starts afresh instead of racing to catch up.
   */
  #step(plannedMs: number): void {
    let startMs = plannedMs;
    while (!this.#isStopped) {
      const lengthMs = this.#isFrozen ? null : this.#engine.beginStep(startMs);
      if (lengthMs === null) {
        this.#cancel = null;
        return;
      }
      const endMs = startMs + lengthMs;
      const nowMs = this.#clock.nowMs();
      if (endMs > nowMs) {
        this.#cancel = this.#clock.wake(endMs, () => this.#end(endMs, lengthMs));
        return;
      }
      this.#engine.endStep(nowMs);
      startMs = endMs;
    }
  }

  #end(endMs: number, lengthMs: number): void {
    const nowMs = this.#clock.nowMs();
    this.#engine.endStep(nowMs);
    this.#step(nowMs - endMs > Math.max(lengthMs, caughtUpMs) ? nowMs : endMs);
  }
}
