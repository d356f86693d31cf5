// One coarse timer for everything in the relay that waits: time-outs, heartbeats, idle sockets. A thousand streams
// that each re-arm a timer per frame would cost more than carrying the frames; here a frame only clears a flag.
import { SlotList, type Slotted } from '#workers';

/** Something with deadlines. `onPulse` is called every PULSE_MS while it is watched; `nowMs` is monotonic. */
export interface Watched extends Slotted {
  onPulse(nowMs: number): void;
}

/** Deadlines fire at most so much late; nothing in the relay needs better (the shortest default is 2 s). */
const PULSE_MS = 100;

/** Runs only while something is watched, and never keeps the process alive. */
export class Pulse {
  readonly #watched = new SlotList<Watched>();
  #timer: NodeJS.Timeout | null = null;

  watch(watched: Watched): void {
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#beat(), PULSE_MS).unref();
  }

  /** The timer goes at the next beat, not here: between two requests of a quiet gateway it would be armed anew each time. */
  forget(watched: Watched): void {
    this.#watched.delete(watched);
  }

  /** How many are watched. */
  get size(): number {
    return this.#watched.size;
  }

  #beat(): void {
    const nowMs = performance.now();
    this.#watched.each((watched) => watched.onPulse(nowMs));
    if (this.#watched.size === 0 && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }
}

/** The process's own; tests may give another. */
export const sharedPulse = new Pulse();
