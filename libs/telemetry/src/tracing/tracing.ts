// Traces, as the pipeline sees them: one for a sampled request, none otherwise. What stands behind is loaded only when asked for.
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestRecord } from '../request-record.ts';

export interface TracingOptions {
  /** Where spans go: OTLP over HTTP, protobuf, as in `http://collector:4318/v1/traces`. */
  readonly url: string;
  /** Secret. Sent with each export, by name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the requests whose caller decided nothing, 0 to 1. */
  readonly ratio: number;
  /** Whether a caller's `traceparent` decides for its request; else the ratio does. Its trace is joined either way. */
  readonly obeysCallers: boolean;
  readonly serviceName: string;
  /** While so many spans wait for the collector, no request begins a trace. */
  readonly maxQueuedSpans: number;
  readonly exportTimeoutMs: number;
  /** The last spans get so long when the gateway ends. */
  readonly flushMs: number;
}

export interface TracingStats {
  /** Spans the collector took. */
  readonly sent: number;
  /** Spans whose export failed; they are not tried again. */
  readonly lost: number;
  /** Requests that left no trace because too many spans waited. */
  readonly dropped: number;
}

export interface Tracing {
  /** null: not sampled. Costs about a microsecond then. */
  begin(record: RequestRecord, headers: IncomingHttpHeaders): RequestTrace | null;
  stats(): TracingStats;
  /** Sends what waits, for at most `flushMs`. Never throws. */
  close(): Promise<void>;
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
