// One counting thread as the main thread sees it: takes a job at a time, can be told that nobody waits for it any more.
import { Worker } from 'node:worker_threads';
import { Fault } from '#protocol';
import type { CountingTables } from './fast-counter.ts';

export interface CountingJob {
  readonly id: number;
  /** `count`: one number a text. `encode`: the ids of all texts joined. */
  readonly kind: 'count' | 'encode';
  readonly texts: readonly string[];
}

/** A job and who waits for it. */
export interface PendingJob {
  readonly job: CountingJob;
  readonly resolve: (result: Int32Array) => void;
  readonly reject: (reason: unknown) => void;
}

export interface CountingWorkerData {
  readonly tables: CountingTables;
  /** Shared; element 0 is the id of a job nobody waits for any more. */
  readonly unwantedJob: Int32Array;
}

/** From source node runs the .ts file itself; built, this file and its neighbour end in .js. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
const workerFile = new URL(`./counting-worker${extension}`, import.meta.url);

export class CountingThread {
  /** Rejects when the thread dies before it is ready. */
  readonly ready: Promise<void>;
  readonly died: Promise<void>;
  wasReady = false;
  /** Why it died; for the log. */
  failure: unknown = new Error('The counting thread ended.');
  readonly #worker: Worker;
  readonly #unwantedJob = new Int32Array(new SharedArrayBuffer(4));
  #current: PendingJob | null = null;

  constructor(tables: CountingTables, onIdle: () => void) {
    const workerData: CountingWorkerData = { tables, unwantedJob: this.#unwantedJob };
    // Without execArgv the thread would take over flags of the main thread that it cannot run with (Jest's).
    this.#worker = new Worker(workerFile, { workerData, execArgv: [], name: 'counting' });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#worker.once('message', () => {
      this.wasReady = true;
      this.#worker.on('message', (result: Int32Array) => this.#finish(result, onIdle));
      // An idle thread does not keep the process alive; one at work does.
      this.#worker.unref();
      resolve();
      onIdle();
    });
    this.died = new Promise((dead) => {
      this.#worker.on('error', (error) => {
        this.failure = error;
      });
      this.#worker.once('exit', () => {
        reject(this.failure);
        this.#current?.reject(new Fault('internal_error', { cause: this.failure }));
        dead();
      });
    });
  }

  get isBusy(): boolean {
    return !this.wasReady || this.#current !== null;
  }

  take(pending: PendingJob): void {
    this.#current = pending;
    this.#worker.ref();
    this.#worker.postMessage(pending.job);
  }

  /** Lets the job end early if it is this thread's; the thread is busy until it noticed. */
  giveUp(job: CountingJob): void {
    if (this.#current?.job === job) Atomics.store(this.#unwantedJob, 0, job.id);
  }

  async stop(): Promise<void> {
    this.#current?.reject(new Fault('gateway_draining'));
    await this.#worker.terminate();
  }

  #finish(result: Int32Array, onIdle: () => void): void {
    this.#current?.resolve(result);
    this.#current = null;
    this.#worker.unref();
    onIdle();
  }
}
