// Carries an answer that is not streamed: gathered (bounded), changed where it must be, sent as one.
import { Fault, type Usage } from '#protocol';
import type { LeaseOutcome } from '#workers';
import type { Answer } from './answer.ts';
import { ByteGatherer } from './byte-gatherer.ts';
import { ChunkScan } from './chunk-scan.ts';
import { FramePage } from './frame-page.ts';
import type { LegEvents, LegInput, LegOutcome, RelayOptions } from './leg.ts';
import { readWorkerError } from './worker-error.ts';

/** `n` answers of a whole window with 20 log-probabilities a token come near this; more is no answer. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

export class WholeCarry {
  readonly #events: LegEvents;
  readonly #answer: Answer;
  readonly #scan: ChunkScan;
  readonly #body = new ByteGatherer(MAX_ANSWER_BYTES);
  /** The client has it all, and nobody was told yet. */
  #isUntold = false;

  constructor(input: LegInput, answer: Answer, options: RelayOptions) {
    this.#events = input.events;
    this.#answer = answer;
    this.#scan = new ChunkScan({
      kind: input.shape.kind,
      reasoningNames: options.reasoningNames,
      modelAlias:
        input.shape.modelAlias === null ? null : Buffer.from(JSON.stringify(input.shape.modelAlias)),
      keepsChunkUsage: true,
    });
  }

  /** The body has begun, so a worker that falls silent in it is stuck. */
  get sawToken(): boolean {
    return this.#body.length > 0;
  }

  take(bytes: Buffer, start: number, end: number): void {
    this.#body.add(bytes, start, end);
  }

  flush(): boolean {
    return true;
  }

  /** Once the outcome is decided: tokens that use up a budget must not give a whole answer another one. */
  tellProgress(): void {
    if (!this.#isUntold) return;
    this.#isUntold = false;
    this.#events.firstToken();
    const { usage } = this.#scan;
    if (usage) this.#events.progress(usage.completionTokens);
  }

  decide(): LegOutcome | null {
    return this.#body.isOverflown ? this.#failed(`an answer of more than ${MAX_ANSWER_BYTES} bytes`) : null;
  }

  end(): LegOutcome {
    const body = this.#body.take();
    const scan = this.#scan;
    if (!scan.scan(body, 0, body.length)) return this.#failed('worker answered 200 without JSON');
    if (scan.errorText !== null && scan.choices === 0) return this.#workerError(scan.errorText);
    // Nothing has reached the client, so an aborted answer is worth another try whatever it holds.
    if (scan.isAborted) return this.#failed('worker aborted the request');
    this.#isUntold = true;
    this.#answer.send(200, { 'content-type': 'application/json' }, this.#spliced(body));
    return { kind: 'finished', usage: this.#usage(), finishReason: scan.finishReason };
  }

  fail(lease: LeaseOutcome, why: string, fault: Fault): LegOutcome {
    return { kind: 'retry', lease, why, fault };
  }

  clientClosed(): LegOutcome {
    return { kind: 'client-closed', usage: null };
  }

  #failed(why: string): LegOutcome {
    return this.fail('failed', why, new Fault('worker_failed', { cause: why }));
  }

  #workerError(errorText: string): LegOutcome {
    return readWorkerError(200, `{"error":${errorText}}`);
  }

  #spliced(body: Buffer): Buffer {
    if (this.#scan.edits.count === 0) return body;
    // Thinking under a second name is what grows an answer; past twice its size the page grows by itself.
    const page = new FramePage(body.length * 2);
    this.#scan.edits.apply(body, 0, body.length, page);
    return page.frames;
  }

  #usage(): Usage | null {
    const usage = this.#scan.usage;
    // 0 may mean that the parser does not count (deepseek_r1), so unstreamed it is unknown.
    return usage && { ...usage, reasoningTokens: usage.reasoningTokens || null };
  }
}
