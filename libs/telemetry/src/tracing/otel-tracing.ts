// OpenTelemetry's SDK behind the port: W3C context in and out, sampling, batches to a collector. Nothing is registered
// globally and no context is carried behind the scenes: a request's trace hangs on its record.
import type { IncomingHttpHeaders } from 'node:http';
import { type Context, defaultTextMapGetter, ROOT_CONTEXT, SpanKind, type Tracer } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { RequestRecord, RequestTrace } from '../request-record.ts';
import { CountedExporter } from './counted-exporter.ts';
import { OtelRequestTrace } from './otel-request-trace.ts';
import type { Tracing, TracingEvents, TracingOptions, TracingStats } from './tracing.ts';

/** Spans a request with a retry leaves; a trace begun when one less waits than allowed still finds room. */
const SPANS_A_REQUEST = 32;
/** One export's worth: OpenTelemetry's own default. */
const BATCH_SPANS = 512;
/** A trace is at most so old when it is sent. */
const SEND_EVERY_MS = 2_000;

interface TracingParts extends TracingEvents {
  readonly version: string;
  /** For tests. */
  readonly exporter?: SpanExporter;
}

export class OtelTracing implements Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #exporter: CountedExporter;
  readonly #options: TracingOptions;
  readonly #propagator = new W3CTraceContextPropagator();
  #dropped = 0;

  constructor(options: TracingOptions, { version, onLost, exporter = otlp(options) }: TracingParts) {
    const { maxQueuedSpans, exportTimeoutMs, ratio, obeysCallers, serviceName } = options;
    this.#options = options;
    this.#exporter = new CountedExporter(exporter, onLost);
    const batches = new BatchSpanProcessor({
      exporter: this.#exporter,
      maxQueueSize: maxQueuedSpans + SPANS_A_REQUEST * BATCH_SPANS,
      maxExportBatchSize: BATCH_SPANS,
      scheduledDelayMillis: SEND_EVERY_MS,
      // The exporter gives up first, so that every batch is counted once.
      exportTimeoutMillis: exportTimeoutMs * 2,
    });
    const root = new TraceIdRatioBasedSampler(ratio);
    this.#provider = new TracerProvider({
      resource: defaultResource().merge(
        resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
      ),
      sampler: obeysCallers ? new ParentBasedSampler({ root }) : root,
      spanProcessors: [
        {
          onStart: () => {},
          onEnd: (span: ReadableSpan) => {
            this.#exporter.waiting += 1;
            batches.onEnd(span);
          },
          forceFlush: () => batches.forceFlush(),
          shutdown: () => batches.shutdown(),
        },
      ],
    });
    this.#tracer = this.#provider.getTracer('ropeway', version);
  }

  begin(record: RequestRecord, headers: IncomingHttpHeaders): RequestTrace | null {
    const parent = this.#parentOf(headers);
    // The monotonic clock against the wall's, once a request: spans of one trace keep their distances.
    const wallMs = Date.now() - performance.now();
    const span = this.#tracer.startSpan(
      record.endpoint,
      { kind: SpanKind.SERVER, startTime: wallMs + record.startedMs },
      parent,
    );
    if (!span.isRecording()) return null;
    if (this.#exporter.waiting >= this.#options.maxQueuedSpans) {
      this.#dropped += 1;
      return null;
    }
    return new OtelRequestTrace({ tracer: this.#tracer, propagator: this.#propagator, wallMs }, span, parent);
  }

  stats(): TracingStats {
    const { sent, lost } = this.#exporter;
    return { sent, lost, dropped: this.#dropped };
  }

  /** Sends what waits. */
  async flush(): Promise<void> {
    await this.#provider.forceFlush();
  }

  async close(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.flushMs);
    try {
      await Promise.race([this.#provider.shutdown().catch(() => undefined), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What is not W3C trace context is as if it were not there. */
  #parentOf(headers: IncomingHttpHeaders): Context {
    if (headers.traceparent === undefined) return ROOT_CONTEXT;
    return this.#propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
  }
}

function otlp({ url, headers, exportTimeoutMs }: TracingOptions): SpanExporter {
  return new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: exportTimeoutMs });
}
