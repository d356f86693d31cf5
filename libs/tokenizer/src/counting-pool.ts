// Threads that count what would hold up the event loop. Own code on worker_threads and not a pool library, for one
// reason: giving up a job must not cost the thread that runs it, with its compiled code; here the job sees a
// shared flag and stops by itself (ADR 0002).
import { Worker } from 'node:worker_threads';
import { Fault } from '#protocol';
import type { CountingTables } from './fast-counter.ts';

export interface CountingJob {
  readonly id: number;
  /** `count`: one number a text. `encode`: the ids of all texts joined. */
  readonly kind: 'count' | 'encode';
  readonly texts: readonly string[];
}

export interface CountingWorkerData {
  readonly tables: CountingTables;
  /** Shared; element 0 is the id of a job nobody waits for any more. */
  readonly unwantedJob: Int32Array;
}

/** From source node runs the .ts file itself; built, this file and its neighbour end in .js. */
const workerFile = new URL(
  `./counting-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

interface Waiting {
  readonly job: CountingJob;
  readonly resolve: (result: Int32Array) => void;
  readonly reject: (reason: unknown) => void;
}

export class CountingPool {
  readonly #tables: CountingTables;
  readonly #threads: CountingThread[] = [];
  readonly #queue: Waiting[] = [];
  #lastJob = 0;
  #isClosed = false;

  private constructor(tables: CountingTables) {
    this.#tables = tables;
  }

  /** Resolves when every thread is warm. */
  static async start(tables: CountingTables, threads: number): Promise<CountingPool> {
    const pool = new CountingPool(tables);
    await Promise.all(Array.from({ length: threads }, () => pool.#addThread()));
    return pool;
  }

  /** First come, first served. Rejects with the signal's reason, or with a Fault when a thread dies or the pool is closed. */
  run(kind: CountingJob['kind'], texts: readonly string[], signal?: AbortSignal): Promise<Int32Array> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#isClosed) return reject(new Fault('gateway_draining'));
      const job = { id: ++this.#lastJob, kind, texts };
      const giveUp = () => {
        const index = this.#queue.indexOf(waiting);
        if (index >= 0) this.#queue.splice(index, 1);
        for (const thread of this.#threads) thread.giveUp(job);
        reject(signal?.reason);
      };
      const forget = () => signal?.removeEventListener('abort', giveUp);
      const waiting: Waiting = {
        job,
        resolve: (result) => {
          forget();
          resolve(result);
        },
        reject: (reason) => {
          forget();
          reject(reason);
        },
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#queue.push(waiting);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#queue.splice(0)) reject(new Fault('gateway_draining'));
    await Promise.all(this.#threads.splice(0).map((thread) => thread.stop()));
  }

  #dispatch(): void {
    for (const thread of this.#threads) {
      if (thread.isBusy) continue;
      const waiting = this.#queue.shift();
      if (waiting === undefined) return;
      thread.take(waiting);
    }
  }

  /** A thread that dies, which no text should bring about, is replaced. */
  async #addThread(): Promise<void> {
    const thread = new CountingThread(this.#tables, () => this.#dispatch());
    this.#threads.push(thread);
    thread.died.then(() => {
      const index = this.#threads.indexOf(thread);
      if (index < 0 || this.#isClosed) return;
      this.#threads.splice(index, 1);
      // A thread that dies before it is ready is not replaced: the next would die as well.
      if (thread.wasReady) this.#addThread().catch(() => {});
    });
    await thread.ready;
  }
}

class CountingThread {
  /** Rejects when the thread dies before. */
  readonly ready: Promise<void>;
  readonly died: Promise<void>;
  wasReady = false;
  readonly #worker: Worker;
  readonly #unwantedJob = new Int32Array(new SharedArrayBuffer(4));
  #current: Waiting | null = null;
  #failure: unknown = new Error('The counting thread ended.');

  constructor(tables: CountingTables, onIdle: () => void) {
    const workerData: CountingWorkerData = { tables, unwantedJob: this.#unwantedJob };
    // Without execArgv the thread would take over flags of the main thread that it cannot run with (Jest's).
    this.#worker = new Worker(workerFile, { workerData, execArgv: [], name: 'counting' });
    const { promise: ready, resolve: becomeReady, reject: failReady } = Promise.withResolvers<void>();
    this.ready = ready;
    this.#worker.on('error', (error) => {
      this.#failure = error;
    });
    this.died = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        failReady(this.#failure);
        this.#current?.reject(new Fault('internal_error', { cause: this.#failure }));
        resolve();
      });
    });
    this.#worker.once('message', () => {
      this.wasReady = true;
      this.#worker.unref();
      becomeReady();
      this.#worker.on('message', (result: Int32Array) => {
        this.#current?.resolve(result);
        this.#current = null;
        // An idle thread does not keep the process alive; one at work does.
        this.#worker.unref();
        onIdle();
      });
      onIdle();
    });
  }

  get isBusy(): boolean {
    return !this.wasReady || this.#current !== null;
  }

  take(waiting: Waiting): void {
    this.#current = waiting;
    this.#worker.ref();
    this.#worker.postMessage(waiting.job);
  }

  giveUp(job: CountingJob): void {
    if (this.#current?.job === job) Atomics.store(this.#unwantedJob, 0, job.id);
  }

  async stop(): Promise<void> {
    this.#current?.reject(new Fault('gateway_draining'));
    await this.#worker.terminate();
  }
}
