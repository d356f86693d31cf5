// Whether new requests are taken, and how many run. A drain waits for the last of them.

export class Lifecycle {
  #isDraining = false;
  #running = 0;
  #idle: (() => void) | null = null;

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get running(): number {
    return this.#running;
  }

  begin(): void {
    this.#running++;
  }

  end(): void {
    this.#running--;
    if (this.#running === 0) this.#idle?.();
  }

  /** Resolves true when the last running request has ended, false at the limit. */
  drain(limitMs: number): Promise<boolean> {
    this.#isDraining = true;
    if (this.#running === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limitMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
