// Threads that count what would hold up the event loop. Own code on worker_threads and not a pool library, for one
// reason: giving up a job must not cost the thread that runs it, with its compiled code; here the job sees a
// shared flag and stops by itself (ADR 0002).
import { Fault } from '#protocol';
import { type CountingJob, CountingThread, type PendingJob } from './counting-thread.ts';
import type { CountingTables } from './fast-counter.ts';

export class CountingPool {
  readonly #tables: CountingTables;
  readonly #threads: CountingThread[] = [];
  readonly #queue: PendingJob[] = [];
  #lastJob = 0;
  /** Why no job is taken any more; null while jobs are. */
  #refusal: Fault | null = null;

  private constructor(tables: CountingTables) {
    this.#tables = tables;
  }

  /** Resolves when every thread is warm. */
  static async start(tables: CountingTables, threads: number): Promise<CountingPool> {
    const pool = new CountingPool(tables);
    await Promise.all(Array.from({ length: threads }, () => pool.#addThread()));
    return pool;
  }

  /** First come, first served. Rejects with the signal's reason, or with a Fault when its thread dies or the pool is closed. */
  async run(kind: CountingJob['kind'], texts: readonly string[], signal?: AbortSignal): Promise<Int32Array> {
    signal?.throwIfAborted();
    if (this.#refusal !== null) throw this.#refusal;
    const { promise, resolve, reject } = Promise.withResolvers<Int32Array>();
    const pending = { job: { id: ++this.#lastJob, kind, texts }, resolve, reject };
    const giveUp = () => {
      this.#giveUp(pending);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#queue.push(pending);
    this.#dispatch();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Jobs under way and waiting are refused. */
  async close(): Promise<void> {
    this.#refuse(new Fault('gateway_draining'));
    await Promise.all(this.#threads.splice(0).map((thread) => thread.stop()));
  }

  #dispatch(): void {
    for (const thread of this.#threads) {
      if (thread.isBusy) continue;
      const pending = this.#queue.shift();
      if (pending === undefined) return;
      thread.take(pending);
    }
  }

  #giveUp(pending: PendingJob): void {
    const index = this.#queue.indexOf(pending);
    if (index >= 0) this.#queue.splice(index, 1);
    for (const thread of this.#threads) thread.giveUp(pending.job);
  }

  #refuse(fault: Fault): void {
    this.#refusal = fault;
    for (const { reject } of this.#queue.splice(0)) reject(fault);
  }

  async #addThread(): Promise<void> {
    const thread = new CountingThread(this.#tables, () => this.#dispatch());
    this.#threads.push(thread);
    thread.died.then(() => this.#replace(thread));
    await thread.ready;
  }

  /** No text should bring a thread down; one that died is replaced, but not one that never got ready: the next would die too. */
  #replace(dead: CountingThread): void {
    const index = this.#threads.indexOf(dead);
    if (index < 0) return;
    this.#threads.splice(index, 1);
    if (dead.wasReady) this.#addThread().catch(() => {});
    else if (this.#threads.length === 0) this.#refuse(new Fault('internal_error', { cause: dead.failure }));
  }
}
