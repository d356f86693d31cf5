// This side of the thread on which the simulated workers run.
import { Worker } from 'node:worker_threads';
import type { VllmSimOptions } from '#vllm-sim';
import type { WorkerNote, WorkerOrder } from './worker-thread.ts';

export class WorkerMachine {
  readonly #thread = new Worker(new URL('./worker-thread.ts', import.meta.url));
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();
  readonly #failed: (error: Error) => void;

  /** `failed`: the thread itself is broken; nothing can go on. */
  constructor(failed: (error: Error) => void) {
    this.#failed = failed;
    this.#thread.on('message', (note: WorkerNote) => this.#noted(note));
    this.#thread.on('error', (error) =>
      this.#failed(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Resolves once the process is there; its port opens later. Rejects when it cannot start. */
  start(id: string, options: VllmSimOptions): Promise<void> {
    return this.#order({ kind: 'start', id, options });
  }

  /** Resolves once nothing of it is left. */
  end(id: string, graceMs: number): Promise<void> {
    return this.#order({ kind: 'end', id, graceMs });
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  #order(order: WorkerOrder): Promise<void> {
    const awaited = Promise.withResolvers<void>();
    this.#awaited.set(`${order.kind} ${order.id}`, awaited);
    this.#thread.postMessage(order);
    return awaited.promise;
  }

  #noted(note: WorkerNote): void {
    const key = `${note.kind === 'ended' ? 'end' : 'start'} ${note.id}`;
    const awaited = this.#awaited.get(key);
    this.#awaited.delete(key);
    if (note.kind === 'failed') awaited?.reject(new Error(`worker ${note.id} does not start: ${note.why}`));
    else awaited?.resolve();
  }
}
