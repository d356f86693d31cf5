// How fast a line moves: the time between two requests that leave it for a worker.

/** Weight of the newest interval: the last dozen or so count. */
const NEWEST_WEIGHT = 0.15;

export class LinePace {
  #meanMs: number | null = null;
  /** When the last one left, or the line began. */
  #lastMs: number | null = null;

  /** Somebody joined an empty line. */
  began(nowMs: number): void {
    this.#lastMs = nowMs;
  }

  /** The first in line got a place on a worker. */
  moved(nowMs: number): void {
    const intervalMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    const meanMs = this.#meanMs ?? intervalMs;
    this.#meanMs = meanMs + NEWEST_WEIGHT * (intervalMs - meanMs);
  }

  /** As it moved before; 0 when it never did. */
  get usualMs(): number {
    return this.#meanMs ?? 0;
  }

  /** As it moves now: a line that stands has at least the interval it has stood for. */
  nowMs(nowMs: number): number {
    return Math.max(this.usualMs, this.#lastMs === null ? 0 : nowMs - this.#lastMs);
  }
}
