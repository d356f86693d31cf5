// Faults waiting for the next requests, in the order they were asked for.
import type { RequestFault } from './sim-fault.ts';

export class FaultQueue {
  #waiting: { readonly fault: RequestFault; left: number }[] = [];

  add(fault: RequestFault): void {
    const left = fault.count === null ? Number.POSITIVE_INFINITY : (fault.count ?? 1);
    this.#waiting.push({ fault, left });
  }

  /** The fault the next request for text meets. */
  take(): RequestFault | null {
    const first = this.#waiting[0];
    if (first === undefined) return null;
    first.left -= 1;
    if (first.left <= 0) this.#waiting.shift();
    return first.fault;
  }

  clear(): void {
    this.#waiting = [];
  }
}
