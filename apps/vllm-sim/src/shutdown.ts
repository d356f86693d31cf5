// How a vLLM ends, as observed on 0.32 and 0.33: without a time-out its engine dies at once and running answers stay
// open and silent; with one, running work finishes while new work fails in mixed ways.
import type { Engine } from './engine/engine.ts';
import type { EngineLoop } from './engine/engine-loop.ts';
import type { Door } from './http/door.ts';
import type { SimState } from './sim-state.ts';

/** From SIGTERM to the listener's end, observed 70-100 ms. */
const listenerLingersMs = 80;
/** From the engine's death to the listener's end, observed 350 ms. */
const listenerOutlivesEngineMs = 350;
/** How often a draining server looks whether it is done. */
const drainLookMs = 20;

interface ShutdownParts {
  readonly engine: Engine;
  readonly loop: EngineLoop;
  readonly door: Door;
  readonly state: SimState;
  /** vLLM --shutdown-timeout. */
  readonly timeoutMs: number;
}

export class Shutdown {
  readonly #parts: ShutdownParts;
  readonly #timers = new Set<NodeJS.Timeout>();
  #ended: Promise<void> | null = null;

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
  }

  /** SIGTERM. A second one is ignored, as vLLM does. */
  terminate(): Promise<void> {
    this.#ended ??= this.#parts.timeoutMs === 0 ? this.#stopAtOnce() : this.#drain();
    return this.#ended;
  }

  /** The engine process is killed: every answer fails, and soon the port refuses. */
  loseEngine(): void {
    const { state, loop, engine } = this.#parts;
    state.phase = 'engine-dead';
    loop.stop();
    engine.die();
    void this.#after(listenerOutlivesEngineMs).then(() => this.#parts.door.shut());
  }

  cancel(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #stopAtOnce(): Promise<void> {
    const { state, loop, door } = this.#parts;
    state.phase = 'stopping';
    loop.stop();
    await this.#after(listenerLingersMs);
    door.shut();
    // Running answers keep their connections, in silence, until their clients give up.
    await door.emptied();
  }

  async #drain(): Promise<void> {
    const { state, engine, timeoutMs } = this.#parts;
    state.phase = 'draining';
    for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += drainLookMs) {
      if (engine.runningCount + engine.waitingCount === 0) break;
      await this.#after(drainLookMs);
    }
    await this.#stopAtOnce();
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      timer.unref();
      this.#timers.add(timer);
    });
  }
}
