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

interface TraceParts {
  readonly tracer: Tracer;
  readonly propagator: TextMapPropagator;
  /** Wall clock at 0 of the monotonic one. */
  readonly wallMs: number;
}

/** What is there while the request runs. */
interface Running extends TraceParts {
  readonly span: Span;
  /** In which its children are begun. */
  readonly context: Context;
  attempt: Span | null;
}

export class OtelRequestTrace implements RequestTrace {
  readonly traceId: string;
  /** null once it ended: the record is kept beyond that (recent-requests.ts), and needs only the id. */
  #running: Running | null;

  constructor({ tracer, propagator, wallMs }: TraceParts, span: Span, parent: Context) {
    const context = trace.setSpan(parent, span);
    this.traceId = span.spanContext().traceId;
    this.#running = { tracer, propagator, wallMs, span, context, attempt: null };
  }

  startAttempt({ worker, pool }: { readonly worker: string; readonly pool: string }): Record<string, string> {
    const headers: Record<string, string> = {};
    const running = this.#running;
    if (running === null) return headers;
    const { tracer, propagator, wallMs, context } = running;
    const { hostname, port } = new URL(worker);
    const attributes = { 'server.address': hostname, 'server.port': Number(port), 'ropeway.pool': pool };
    const startTime = wallMs + performance.now();
    const options = { kind: SpanKind.CLIENT, attributes, startTime };
    running.attempt = tracer.startSpan('attempt', options, context);
    propagator.inject(trace.setSpan(context, running.attempt), headers, defaultTextMapSetter);
    return headers;
  }

  endAttempt({
    outcome,
    firstTokenMs,
  }: {
    readonly outcome: string;
    readonly firstTokenMs: number | null;
  }): void {
    const running = this.#running;
    if (running === null || running.attempt === null) return;
    const { wallMs, attempt: span } = running;
    running.attempt = null;
    span.setAttribute('ropeway.outcome', outcome);
    if (firstTokenMs !== null) span.addEvent('first token', wallMs + firstTokenMs);
    if (FAILED_ATTEMPTS.has(outcome)) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    span.end(wallMs + performance.now());
  }

  end(record: RequestRecord, endedMs: number): void {
    if (this.#running === null) return;
    const { tracer, wallMs, span, context } = this.#running;
    this.#running = null;
    for (const { name, startedMs, endedMs: untilMs } of record.steps.list(endedMs)) {
      // An attempt has a span already, and charging takes no time.
      if (name === 'attempt' || name === 'charge') continue;
      tracer.startSpan(name, { startTime: wallMs + startedMs }, context).end(wallMs + untilMs);
    }
    const { name, attributes } = requestAttributes(record);
    span.updateName(name);
    span.setAttributes(attributes);
    // Only what is ours or a worker's doing: a refusal is an answer, and who leaves made no error (OpenTelemetry, HTTP spans).
    if (record.outcome === 'failed')
      span.setStatus({ code: SpanStatusCode.ERROR, message: record.faultCode ?? 'failed' });
    span.end(wallMs + endedMs);
  }
}

/** Kinds of a leg's outcome that say the worker did not do it. */
const FAILED_ATTEMPTS: ReadonlySet<string> = new Set(['retry', 'broken']);
