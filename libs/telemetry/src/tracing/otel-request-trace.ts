// The spans of one request. Only what must have an id while the request runs (the whole, and each attempt, whose worker is
// told) is begun then; the steps are made from their times at the end.
import {
  type Context,
  defaultTextMapSetter,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { RequestRecord, RequestTrace } from '../request-record.ts';
import { requestAttributes } from './request-attributes.ts';

export interface TraceParts {
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
  /** Wall clock at 0 of the monotonic one. */
  readonly wallMs: number;
}

export class OtelRequestTrace implements RequestTrace {
  readonly traceId: string;
  readonly #parts: TraceParts;
  readonly #span: Span;
  /** In which its children are begun. */
  readonly #context: Context;
  #attempt: Span | null = null;

  constructor(parts: TraceParts, span: Span, parent: Context) {
    this.#parts = parts;
    this.#span = span;
    this.#context = trace.setSpan(parent, span);
    this.traceId = span.spanContext().traceId;
  }

  startAttempt({ worker, pool }: { readonly worker: string; readonly pool: string }): Record<string, string> {
    const { tracer, propagator, wallMs } = this.#parts;
    const { hostname, port } = new URL(worker);
    const attributes = { 'server.address': hostname, 'server.port': Number(port), 'ropeway.pool': pool };
    const startTime = wallMs + performance.now();
    const options = { kind: SpanKind.CLIENT, attributes, startTime };
    this.#attempt = tracer.startSpan('attempt', options, this.#context);
    const headers: Record<string, string> = {};
    propagator.inject(trace.setSpan(this.#context, this.#attempt), headers, defaultTextMapSetter);
    return headers;
  }

  endAttempt({
    outcome,
    firstTokenMs,
  }: {
    readonly outcome: string;
    readonly firstTokenMs: number | null;
  }): void {
    const span = this.#attempt;
    if (span === null) return;
    const { wallMs } = this.#parts;
    this.#attempt = null;
    span.setAttribute('ropeway.outcome', outcome);
    if (firstTokenMs !== null) span.addEvent('first token', wallMs + firstTokenMs);
    if (FAILED_ATTEMPTS.has(outcome)) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    span.end(wallMs + performance.now());
  }

  end(record: RequestRecord, endedMs: number): void {
    const { tracer, wallMs } = this.#parts;
    for (const { name, startedMs, endedMs: untilMs } of record.steps.list(endedMs)) {
      // An attempt has a span already, and charging takes no time.
      if (name === 'attempt' || name === 'charge') continue;
      tracer.startSpan(name, { startTime: wallMs + startedMs }, this.#context).end(wallMs + untilMs);
    }
    const { name, attributes } = requestAttributes(record);
    this.#span.updateName(name);
    this.#span.setAttributes(attributes);
    // Only what is ours or a worker's doing: a refusal is an answer, and who leaves made no error (OpenTelemetry, HTTP spans).
    if (record.outcome === 'failed')
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: record.faultCode ?? 'failed' });
    this.#span.end(wallMs + endedMs);
  }
}

/** Kinds of a leg's outcome that say the worker did not do it. */
const FAILED_ATTEMPTS: ReadonlySet<string> = new Set(['retry', 'broken']);
