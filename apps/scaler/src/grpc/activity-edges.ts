// When a stream says something: its state when it opens, then each time the pool is needed after it was not.
// A `true` said again and again would put off KEDA's cool-down each time (kedacore/http-add-on#1793); but one that arrives
// before KEDA has made its autoscaler is dropped, so it is said again for as long as the pool has no worker.

export interface Activity {
  /** null: not known of every gateway, and none that is known needs it. */
  readonly isActive: boolean | null;
  readonly readyWorkers: number;
}

const SAY_AGAIN_MS = 5_000;

export class ActivityEdges {
  #said: boolean | null = null;
  #saidMs = 0;

  /** What to say now; null is nothing. Times are monotonic. */
  next({ isActive, readyWorkers }: Activity, nowMs: number): boolean | null {
    if (isActive === null) return null;
    if (this.#said === null || (isActive && !this.#said)) return this.#say(isActive, nowMs);
    // KEDA ignores a `false` on the stream (keda#7116); it is noted, so that the next `true` is an edge.
    this.#said = isActive;
    const isDue = isActive && readyWorkers === 0 && nowMs - this.#saidMs >= SAY_AGAIN_MS;
    return isDue ? this.#say(true, nowMs) : null;
  }

  #say(isActive: boolean, nowMs: number): boolean {
    this.#said = isActive;
    this.#saidMs = nowMs;
    return isActive;
  }
}
