// The leases a worker has out: which of them move, and which wait in vain and are ended.
import { Fault } from '#protocol';
import { SlotList } from './slot-list.ts';
import type { WorkerLease } from './worker-lease.ts';

export class HeldLeases {
  readonly #leases = new SlotList<WorkerLease>();
  #motionMs = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#leases.size;
  }

  /** When any of them last made progress, to the tick. */
  get motionMs(): number {
    return this.#motionMs;
  }

  add(lease: WorkerLease): void {
    this.#leases.add(lease);
  }

  delete(lease: WorkerLease): void {
    this.#leases.delete(lease);
  }

  /** Every tick: true when one of them made progress since the last. */
  observe(nowMs: number): boolean {
    this.#leases.each((lease) => {
      if (lease.observe(nowMs)) this.#motionMs = nowMs;
    });
    return this.#motionMs === nowMs;
  }

  /** Some running one got nothing for so long. */
  hasSilent(nowMs: number, silentMs: number): boolean {
    return this.#leases.toArray().some((lease) => isSilent(lease, nowMs, silentMs));
  }

  /** Ends those that run and got nothing for so long; returns how many. */
  loseSilent(nowMs: number, silentMs: number, cause: string): number {
    return this.#lose((lease) => isSilent(lease, nowMs, silentMs), cause);
  }

  /** Ends those without a first token. */
  loseWaiting(cause: string): number {
    return this.#lose((lease) => !lease.isRunning, cause);
  }

  loseAll(cause: string): number {
    return this.#lose(() => true, cause);
  }

  #lose(isLost: (lease: WorkerLease) => boolean, cause: string): number {
    // Whoever holds a lease may release it as soon as it is told, so the list is copied first.
    const lost = this.#leases.toArray().filter(isLost);
    return lost.filter((lease) => lease.lose(new Fault('worker_failed', { cause }))).length;
  }
}

function isSilent(lease: WorkerLease, nowMs: number, silentMs: number): boolean {
  return lease.isRunning && lease.silentForMs(nowMs) > silentMs;
}
