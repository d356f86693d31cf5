// Traces, as the pipeline sees them: one for a sampled request, none otherwise. What stands behind is loaded only when asked for.
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestRecord, RequestTrace } from '../request-record.ts';

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

export interface TracingEvents {
  /** An export failed, for the first time since one went well. */
  readonly onLost: (error: Error | undefined) => void;
}
