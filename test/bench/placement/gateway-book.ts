// What one gateway knows of its workers without asking them: requests it sent, first tokens and ends it saw.
import type { ReplayRequest } from './replay-request.ts';

export interface WorkerBook {
  /** Requests sent and not finished. */
  requests: number;
  /** Sum of their prompt tokens. */
  promptTokens: number;
  /** Prompt tokens still to compute of requests without a first token, as estimated at dispatch. */
  queuedTokens: number;
  /** Tokens of answers seen of requests not finished. */
  generatedTokens: number;
}

export class GatewayBook {
  readonly workers: readonly WorkerBook[];
  readonly #queuedOf = new Map<ReplayRequest, number>();

  constructor(workerCount: number) {
    this.workers = Array.from({ length: workerCount }, () => ({
      requests: 0,
      promptTokens: 0,
      queuedTokens: 0,
      generatedTokens: 0,
    }));
  }

  of(worker: number): WorkerBook {
    const book = this.workers[worker];
    if (!book) throw new RangeError(`no worker ${worker}`);
    return book;
  }

  sent(worker: number, request: ReplayRequest, uncachedTokens: number): void {
    const book = this.of(worker);
    book.requests++;
    book.promptTokens += request.promptTokens;
    book.queuedTokens += uncachedTokens;
    this.#queuedOf.set(request, uncachedTokens);
  }

  firstToken(worker: number, request: ReplayRequest): void {
    const book = this.of(worker);
    book.queuedTokens -= this.#queuedOf.get(request) ?? 0;
    book.generatedTokens += 1;
    this.#queuedOf.delete(request);
  }

  decoded(worker: number, tokens: number): void {
    this.of(worker).generatedTokens += tokens;
  }

  finished(worker: number, request: ReplayRequest): void {
    const book = this.of(worker);
    book.requests--;
    book.promptTokens -= request.promptTokens;
    book.generatedTokens -= request.outputTokens;
  }
}
