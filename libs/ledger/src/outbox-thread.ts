// The outbox's thread as the event loop sees it: calls and answers in order. A thread that dies takes its unanswered calls
// along (nobody knows whether they were done); the next call starts another on the same file.
import { Worker } from 'node:worker_threads';
import type {
  OutboxCallName,
  OutboxCalls,
  OutboxMessage,
  OutboxOpened,
  OutboxReply,
} from './outbox-calls.ts';
import type { OutboxSize } from './outbox-file.ts';

/** From source node runs the .ts file itself; built, this file and its neighbour end in .js. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
const workerFile = new URL(`./outbox-worker${extension}`, import.meta.url);

/** The call may have been done or not. */
export class OutboxThreadDied extends Error {
  override readonly name = 'OutboxThreadDied';
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

export class OutboxThread {
  readonly #folder: string;
  #slot: number | null = null;
  #worker: Worker | null = null;
  #waiting: Waiting[] = [];
  #failure: unknown = null;
  #size: OutboxSize = { intents: 0, rows: 0, refused: 0, bytes: 0, freeBytes: Number.POSITIVE_INFINITY };
  #watchers: (() => void)[] = [];
  #isClosed = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What was in the file after the last call. */
  get size(): OutboxSize {
    return this.#size;
  }

  /** Rejects when the folder cannot be used, with what to do. */
  async open(): Promise<OutboxOpened> {
    try {
      const opened = await this.#send('open', { folder: this.#folder, slot: this.#slot });
      this.#slot = opened.slot;
      return opened;
    } catch (error) {
      // A thread without a file answers nothing: the next call tries with a new one.
      await this.#end();
      throw error;
    }
  }

  /** Rejects with what SQLite says, or with `OutboxThreadDied`. */
  ask<Name extends OutboxCallName>(
    name: Name,
    ask: OutboxCalls[Name]['ask'],
  ): Promise<OutboxCalls[Name]['answer']> {
    if (this.#worker !== null) return this.#send(name, ask);
    if (this.#isClosed) return Promise.reject(new Error('The outbox is closed.'));
    return this.open().then(() => this.#send(name, ask));
  }

  /** Resolves when the next call has been answered, whoever made it. */
  nextAnswer(): Promise<void> {
    return new Promise((resolve) => this.#watchers.push(resolve));
  }

  /** Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#worker === null) return;
    await this.#send('close', null).catch(() => {});
    await this.#end();
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #send<Name extends OutboxCallName>(
    name: Name,
    ask: OutboxCalls[Name]['ask'],
  ): Promise<OutboxCalls[Name]['answer']> {
    this.#worker ??= this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<OutboxCalls[Name]['answer']>();
    this.#waiting.push({ resolve, reject });
    // A process that waits for nothing else waits for the answer: what it wrote has to be on disk.
    if (this.#waiting.length === 1) this.#worker.ref();
    const message = { name, ask } as OutboxMessage;
    this.#worker.postMessage(message);
    return promise;
  }

  #start(): Worker {
    // Without execArgv the thread would take over flags of the main thread that it cannot run with (Jest's).
    const worker = new Worker(workerFile, { execArgv: [], name: 'outbox' });
    worker.on('message', (reply: OutboxReply) => this.#settle(reply));
    worker.on('error', (error) => {
      this.#failure = error;
    });
    worker.once('exit', () => this.#die(worker));
    return worker;
  }

  #settle(reply: OutboxReply): void {
    const first = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker?.unref();
    if ('error' in reply) {
      first?.reject(new Error(reply.error));
    } else {
      this.#size = reply.size ?? this.#size;
      first?.resolve(reply.answer as never);
    }
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  #die(worker: Worker): void {
    if (this.#worker === worker) this.#worker = null;
    const { message } = (this.#failure ?? {}) as { readonly message?: string };
    const why = message === undefined ? '.' : `: ${message}`;
    const died = new OutboxThreadDied(`The thread of the outbox ended${why}`, { cause: this.#failure });
    for (const { reject } of this.#waiting.splice(0)) reject(died);
  }
}
