// Values the relay takes and gives. An answer is a sequence of legs, usually one; settling, usage and metrics belong
// to the answer, not to the leg.
import type { Fault, Usage } from '#protocol';
import type { LeaseOutcome, WorkerEndpoint } from '#workers';

export interface RelayOptions {
  readonly connectTimeoutMs: number;
  /** No frame from the worker for so long before the first token; null = none (long prefill is legitimately silent). Streams only: an unstreamed answer has no first token to see. */
  readonly firstTokenTimeoutMs: number | null;
  /** Silence after the first token. */
  readonly idleTimeoutMs: number;
  /** For the whole answer, from its request's arrival, however many legs it took. */
  readonly totalTimeoutMs: number;
  /** A client that takes no bytes for so long is cut. */
  readonly writeStallTimeoutMs: number;
  /** Streams without a first frame get comments at this pace: `: keep-alive`, or why they wait. */
  readonly heartbeatMs: number;
  /** Idle sockets are dropped before vLLM's keep-alive of 5 s does it. */
  readonly keepAliveMs: number;
  readonly maxIdleSocketsPerWorker: number;
  /** Which names thinking is answered under. */
  readonly reasoningNames: 'both' | 'reasoning' | 'reasoning_content';
}

/** What one leg sends. The body is a list so that unchanged bytes are never copied. */
export interface LegRequest {
  readonly path: '/v1/chat/completions' | '/v1/completions';
  readonly body: readonly Buffer[];
  readonly requestId: string;
  /** Extra headers, e.g. traceparent. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

interface AnswerShape {
  readonly kind: 'chat' | 'text';
  readonly stream: boolean;
  /** The client asked for the usage chunk itself. */
  readonly wantsUsage: boolean;
  readonly wantsContinuousUsage: boolean;
  /** The name the client used, when the worker serves the model under another; null = leave `model` as it is. */
  readonly modelAlias: string | null;
  /** Its budget may be used up while it runs: a stream that is cut for that says `finish_reason: "length"` first. */
  readonly mayRunOut: boolean;
}

/** What a leg came to. `retry`: nothing of it reached the client, another worker may try. */
export type LegOutcome =
  | { readonly kind: 'finished'; readonly usage: Usage | null; readonly finishReason: string | null }
  | {
      readonly kind: 'retry';
      readonly lease: LeaseOutcome;
      readonly why: string;
      readonly fault: Fault;
      /** The worker broke off while it held the request (as opposed to refusing it): two such deaths are enough. */
      readonly died?: boolean;
    }
  /** The worker's own refusal (4xx) in OpenAI's shape, no time is left, or the signal said so: goes to the client, no other worker is tried. */
  | {
      readonly kind: 'rejected';
      readonly fault: Fault;
      /** What the worker is to be thought of; absent: it refused, as it may. */
      readonly lease?: LeaseOutcome;
    }
  /** Frames had already gone out. Usage is what the worker last said; without it, the tokens told by `progress`. */
  | {
      readonly kind: 'broken';
      readonly lease: LeaseOutcome;
      readonly why: string;
      readonly fault: Fault;
      readonly usage: Usage | null;
    }
  | { readonly kind: 'client-closed'; readonly usage: Usage | null };

/** What the relay tells while it works. */
export interface LegEvents {
  /** The first frame with a token (or the whole answer when not streamed). */
  firstToken(): void;
  /** Tokens seen since the last call: with the first one, then every PULSE_MS, the rest before the leg's outcome. */
  progress(tokens: number): void;
}

export interface LegInput {
  readonly endpoint: WorkerEndpoint;
  readonly request: LegRequest;
  readonly shape: AnswerShape;
  readonly events: LegEvents;
  /**
   * Ends the leg at once with a Fault as reason. A fault the client owns (a revoked key, an empty budget) is the answer,
   * or its last event, and never a `retry`; any other (the lease's `lost`, say) is one while no frame has gone out. The
   * client's leaving is noticed without it.
   */
  readonly signal: AbortSignal;
}
