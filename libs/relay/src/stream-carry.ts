// Carries the body of a streamed answer: frames from the worker through the splicer to the client, one write a read.
import { Fault } from '#protocol';
import type { LeaseOutcome } from '#workers';
import type { Answer } from './answer.ts';
import { FramePage } from './frame-page.ts';
import { FrameSplicer, MAX_FRAME_BYTES } from './frame-splicer.ts';
import type { LegEvents, LegInput, LegOutcome, RelayOptions } from './leg.ts';
import { LengthEnding } from './length-ending.ts';
import { readWorkerError } from './worker-error.ts';

/** Shared by all streams: it is filled and emptied within one read's callback. */
const page = new FramePage();
/** Whose frames are in it. Whatever went wrong in between, no stream ever sends another one's. */
let holder: StreamCarry | null = null;

export class StreamCarry {
  readonly #answer: Answer;
  readonly #events: LegEvents;
  readonly #splicer: FrameSplicer;
  readonly #ending: LengthEnding | null;
  #sawToken = false;

  constructor(input: LegInput, answer: Answer, options: RelayOptions) {
    const { kind, wantsUsage, wantsContinuousUsage, mayRunOut } = input.shape;
    const modelAlias =
      input.shape.modelAlias === null ? null : Buffer.from(JSON.stringify(input.shape.modelAlias));
    this.#ending = mayRunOut ? new LengthEnding(kind, modelAlias) : null;
    this.#answer = answer;
    this.#events = input.events;
    this.#splicer = new FrameSplicer({
      kind,
      reasoningNames: options.reasoningNames,
      modelAlias,
      showsUsage: wantsUsage,
      keepsChunkUsage: wantsUsage && wantsContinuousUsage,
      ending: this.#ending,
    });
  }

  /** Idle time counts from the first token on. */
  get sawToken(): boolean {
    return this.#sawToken;
  }

  take(bytes: Buffer, start: number, end: number): void {
    this.#splicer.feed(bytes, start, end, this.#ownPage());
  }

  /** After each read: passes on what it held. False when the worker must be paused for a slow client. */
  flush(): boolean {
    if (holder !== this || page.length === 0) return true;
    const hasRoom = this.#answer.write(page);
    page.clear();
    return hasRoom;
  }

  tellProgress(): void {
    const { tokens } = this.#splicer;
    if (tokens === 0) return;
    this.#splicer.tokens = 0;
    if (!this.#sawToken) {
      this.#sawToken = true;
      this.#events.firstToken();
    }
    this.#events.progress(tokens);
  }

  /** The outcome, once the frames have decided it. */
  decide(): LegOutcome | null {
    switch (this.#splicer.state) {
      case 'open':
        return null;
      case 'done':
        return this.#splicer.hasStarted
          ? { kind: 'finished', usage: this.#usage(), finishReason: this.#splicer.finishReason }
          : this.#failed('worker ended the stream before its first frame');
      case 'error':
        return this.#workerError();
      case 'abort':
        return this.#failed('worker aborted the request');
      case 'oversized':
        return this.#failed(`a frame of more than ${MAX_FRAME_BYTES} bytes`);
    }
  }

  /** The body ended without having said so. */
  end(): LegOutcome {
    return this.#failed('worker ended the stream without [DONE]');
  }

  fail(lease: LeaseOutcome, why: string, fault: Fault): LegOutcome {
    if (!this.#splicer.hasStarted) return { kind: 'retry', lease, why, fault };
    if (fault.code === 'insufficient_quota') this.#endByLength();
    return { kind: 'broken', lease, why, fault, usage: this.#usage() };
  }

  clientClosed(): LegOutcome {
    return { kind: 'client-closed', usage: this.#usage() };
  }

  /** The error event follows, whoever reads it: the chunk before it tells the others why the answer ends here. */
  #endByLength(): void {
    const frames = this.#ending?.frames();
    if (frames === undefined || frames.length === 0) return;
    this.#ownPage().append(frames, 0, frames.length);
    this.flush();
  }

  #failed(why: string): LegOutcome {
    return this.fail('failed', why, new Fault('worker_failed', { cause: why }));
  }

  #ownPage(): FramePage {
    if (holder !== this) {
      holder = this;
      page.clear();
    }
    return page;
  }

  #workerError(): LegOutcome {
    const verdict = readWorkerError(200, `{"error":${this.#splicer.errorText}}`);
    if (verdict.kind === 'retry') return this.fail(verdict.lease, verdict.why, verdict.fault);
    return this.#splicer.hasStarted ? this.fail('rejected', verdict.fault.message, verdict.fault) : verdict;
  }

  #usage() {
    const { usage, reasoningTokens } = this.#splicer;
    if (!usage) return null;
    // The deepseek_r1 parser reports 0 whatever it was; other parsers are right where they report anything.
    const reported = usage.reasoningTokens ?? 0;
    const counted = Math.min(reasoningTokens, usage.completionTokens);
    return { ...usage, reasoningTokens: reported > 0 ? reported : counted };
  }
}
