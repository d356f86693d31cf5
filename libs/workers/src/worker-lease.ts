// One request's place on a worker: what it adds to the worker's counters, and takes off again exactly once.
import type { Fault } from '#protocol';
import type { Lease, LeaseOutcome, LeaseTerms, WorkerEndpoint, WorkerView } from './fleet.ts';
import type { LoadCounters } from './load-counters.ts';
import type { Slotted } from './slot-list.ts';

/** What a lease needs of its worker. */
export interface LeasedWorker extends WorkerView {
  readonly load: LoadCounters;
  readonly endpoint: WorkerEndpoint;
  firstTokenCame(): void;
  released(lease: WorkerLease, outcome: LeaseOutcome, sawToken: boolean): void;
}

export class WorkerLease implements Lease, Slotted {
  slot = -1;
  readonly worker: LeasedWorker;
  readonly endpoint: WorkerEndpoint;
  readonly admitted: 'ordinary' | 'probe';
  readonly #terms: LeaseTerms;
  readonly #lost = new AbortController();
  /** The prompt at first, then what was generated, too; never above what the request may come to hold. */
  #kvTokens: number;
  #isRunning = false;
  #isReleased = false;
  /** Progress since the last tick. The clock is read once a tick, not once a frame. */
  #hasMoved = false;
  #movedMs: number;

  constructor(worker: LeasedWorker, terms: LeaseTerms, admitted: 'ordinary' | 'probe', nowMs: number) {
    this.worker = worker;
    this.endpoint = worker.endpoint;
    this.admitted = admitted;
    this.#terms = terms;
    this.#kvTokens = Math.min(terms.promptTokens, terms.demandTokens);
    this.#movedMs = nowMs;
    worker.load.add(terms.promptTokens, terms.uncachedTokens, this.#kvTokens);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** It had its first token and runs. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  firstToken(): void {
    if (this.#isRunning || this.#isReleased) return;
    this.#startRunning();
    this.worker.firstTokenCame();
  }

  progress(tokens: number): void {
    if (this.#isReleased) return;
    this.#hasMoved = true;
    const grown = Math.min(this.#kvTokens + tokens, Math.max(this.#kvTokens, this.#terms.demandTokens));
    // Before the first token it would be counted with those that wait; the relay says firstToken first.
    if (this.#isRunning) this.worker.load.grow(grown - this.#kvTokens);
    if (this.#isRunning) this.#kvTokens = grown;
  }

  release(outcome: LeaseOutcome): void {
    if (this.#isReleased) return;
    const sawToken = this.#isRunning;
    if (!sawToken) this.#startRunning();
    this.#isReleased = true;
    this.worker.load.remove(this.#terms.promptTokens, this.#kvTokens);
    this.worker.released(this, outcome, sawToken);
  }

  /** Called every tick: whether it moved since the last one. */
  observe(nowMs: number): boolean {
    const moved = this.#hasMoved;
    if (moved) this.#movedMs = nowMs;
    this.#hasMoved = false;
    return moved;
  }

  /** Since when nothing came, to the tick. */
  silentForMs(nowMs: number): number {
    return nowMs - this.#movedMs;
  }

  /** Ends the request that holds it, once; false when that was done before. The holder still releases it. */
  lose(fault: Fault): boolean {
    if (this.#lost.signal.aborted || this.#isReleased) return false;
    this.#lost.abort(fault);
    return true;
  }

  #startRunning(): void {
    this.#isRunning = true;
    this.#hasMoved = true;
    this.worker.load.startRunning(this.#terms.uncachedTokens, this.#kvTokens);
  }
}
