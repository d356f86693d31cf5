// Whether new requests are taken, and how many run. SIGTERM turns it to leaving: clients are sent elsewhere, and what still comes
// is served; then to draining: nothing new is taken, and the last request to end wakes whoever waits.

export class Lifecycle {
  #leaving = false;
  #draining = false;
  readonly #running: { requests: number };
  #idle: (() => void) | null = null;

  /** `running` counts along, for the metrics. */
  constructor(running: { requests: number } = { requests: 0 }) {
    this.#running = running;
  }

  /** From the first step on, draining included. */
  get isLeaving(): boolean {
    return this.#leaving;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  get running(): number {
    return this.#running.requests;
  }

  begin(): void {
    this.#running.requests++;
  }

  end(): void {
    this.#running.requests--;
    if (this.#running.requests === 0) this.#idle?.();
  }

  /** Not ready any more from now on; answers end their connections, so that clients go elsewhere with the next request. */
  leave(): void {
    this.#leaving = true;
  }

  /** Refuses new requests from now on; resolves true when the last running one ended, false at the limit. */
  async drain(limitMs: number): Promise<boolean> {
    this.#leaving = true;
    this.#draining = true;
    if (this.#running.requests === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limitMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
