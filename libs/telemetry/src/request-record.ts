// What is remembered of one request: filled in by the pipeline step by step, then turned into metrics and one log line.
// No prompt text, no key. Times are milliseconds on the monotonic clock (performance.now()).
import type { RefusingLimit, Rope } from '#protocol';
import { StepTimes } from './step-times.ts';

type Outcome = 'completed' | 'refused' | 'failed' | 'client_closed';

/** A pool of the model as the last decision saw it. */
interface RecordedPool {
  readonly name: string;
  readonly rope: Rope;
  readonly windowTokens: number;
  readonly fits: boolean;
  readonly headroom: number;
  /** A word of the router's; null: it was chosen. */
  readonly whyNot: string | null;
}

/** A worker that was asked; times from the arrival of the request. */
interface RecordedAttempt {
  readonly worker: string;
  readonly pool: string;
  readonly started_ms: number;
  readonly ended_ms: number;
  readonly outcome: string;
}

export interface RequestRecord {
  readonly requestId: string;
  /** The client's own x-request-id; correlation only. */
  correlationId: string | null;
  readonly endpoint: 'chat' | 'text' | 'tokenize' | 'route';
  readonly startedMs: number;
  /** When each step began. */
  readonly steps: StepTimes;
  /** Empty until a route was asked for. */
  pools: readonly RecordedPool[];
  tried: readonly RecordedAttempt[];
  /** Why another worker was asked, a fault code for each attempt that was given up; null: none was. */
  gaveUp: string[] | null;
  /** null: traces are off, or this request was not sampled. */
  trace: RequestTrace | null;
  keyId: string | null;
  tenant: string | null;
  model: string | null;
  stream: boolean;
  bodyBytes: number;
  promptTokens: number | null;
  outputBudget: number | null;
  outputBudgetSource: string | null;
  pool: string | null;
  rope: string | null;
  windowTokens: number | null;
  headroom: number | null;
  reason: string | null;
  worker: string | null;
  /** Times a worker was tried. */
  attempts: number;
  spilled: boolean;
  /** It had to wait for a pool without a ready worker. */
  isCold: boolean;
  /** Durations of steps, ms. */
  bodyReadMs: number | null;
  countMs: number | null;
  queueMs: number;
  /** When the (last) leg was handed to the relay, when its first token came, when it ended: monotonic ms. */
  dispatchedMs: number | null;
  firstTokenMs: number | null;
  endedMs: number | null;
  /** From dispatch to the worker's last byte, ms, summed over attempts; overhead = total - body read - queue - this. */
  workerMs: number;
  completionTokens: number | null;
  /** Prompt tokens as the worker reported them; compared with our own count. */
  workerPromptTokens: number | null;
  cachedTokens: number | null;
  reasoningTokens: number | null;
  /** The worker itself said what was used; else tokens are those counted as they came. */
  hasUsage: boolean;
  finishReason: string | null;
  outcome: Outcome;
  status: number;
  faultCode: string | null;
  /** Which limit refused it. */
  limit: RefusingLimit | null;
  /** How long the caller was told to wait; null: it was not. */
  retryAfterMs: number | null;
  /** Text of the fault's cause in our own words, for the log only; never a worker's body, which may quote the prompt. */
  cause: string | null;
}

/** The trace of one request: a span for the whole, one a step, one an attempt. Never the prompt, the answer or a key. */
export interface RequestTrace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** A worker is asked: the headers that make what it does a part of this trace. */
  startAttempt(attempt: { readonly worker: string; readonly pool: string }): Readonly<Record<string, string>>;
  /** `firstTokenMs`: on the monotonic clock; null when none came. */
  endAttempt(ended: { readonly outcome: string; readonly firstTokenMs: number | null }): void;
  /** Last of all. `endedMs` on the monotonic clock. */
  end(record: RequestRecord, endedMs: number): void;
}

const NOTHING: readonly never[] = [];

export function newRequestRecord(
  requestId: string,
  endpoint: RequestRecord['endpoint'],
  startedMs: number,
): RequestRecord {
  const steps = new StepTimes();
  steps.enter('identify', startedMs);
  return {
    requestId,
    correlationId: null,
    endpoint,
    startedMs,
    steps,
    pools: NOTHING,
    tried: NOTHING,
    gaveUp: null,
    trace: null,
    keyId: null,
    tenant: null,
    model: null,
    stream: false,
    bodyBytes: 0,
    promptTokens: null,
    outputBudget: null,
    outputBudgetSource: null,
    pool: null,
    rope: null,
    windowTokens: null,
    headroom: null,
    reason: null,
    worker: null,
    attempts: 0,
    spilled: false,
    isCold: false,
    bodyReadMs: null,
    countMs: null,
    queueMs: 0,
    dispatchedMs: null,
    firstTokenMs: null,
    endedMs: null,
    workerMs: 0,
    completionTokens: null,
    workerPromptTokens: null,
    cachedTokens: null,
    reasoningTokens: null,
    hasUsage: false,
    finishReason: null,
    outcome: 'failed',
    status: 0,
    faultCode: null,
    limit: null,
    retryAfterMs: null,
    cause: null,
  };
}
