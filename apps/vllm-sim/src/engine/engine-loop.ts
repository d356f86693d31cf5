// Runs an engine on a clock: one timer for the whole engine, however many streams it feeds.
import type { Clock } from '../clock.ts';
import type { Engine } from './engine.ts';
import type { Sequence, Work } from './sequence.ts';

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

  /** `plannedMs` and not the present: late timers must not make the engine slower than its step time. */
  #step(plannedMs: number): void {
    if (this.#isStopped) return;
    const lengthMs = this.#isFrozen ? null : this.#engine.beginStep(plannedMs);
    if (lengthMs === null) {
      this.#cancel = null;
      return;
    }
    const endMs = plannedMs + lengthMs;
    this.#cancel = this.#clock.wake(endMs, () => {
      const nowMs = this.#clock.nowMs();
      this.#engine.endStep(nowMs);
      // A process that was held up for more than a step does not race to catch up.
      this.#step(nowMs - endMs > lengthMs ? nowMs : endMs);
    });
  }
}
