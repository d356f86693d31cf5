// A collector of traces for tests: takes OTLP over HTTP as it really comes, protobuf, and keeps the spans.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import protobuf from 'protobufjs';

export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  /** 2: an error. */
  readonly statusCode: number;
}

export interface SpanReceiver {
  /** For `tracing.url`. */
  readonly url: string;
  readonly spans: readonly SeenSpan[];
  /** Headers of the last export. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whole bodies, as bytes. */
  readonly bodies: readonly Buffer[];
  /** What it answers from now on; 200 at first. */
  answer(status: number): void;
  close(): Promise<void>;
}

const EXPORT = protobuf
  .loadSync(join(import.meta.dirname, 'otlp.proto'))
  .lookupType('ExportTraceServiceRequest');

export async function startSpanReceiver(): Promise<SpanReceiver> {
  const spans: SeenSpan[] = [];
  const bodies: Buffer[] = [];
  let status = 200;
  let headers: SpanReceiver['headers'] = {};
  const server = createServer((req, res) => {
    const pieces: Buffer[] = [];
    req.on('data', (piece: Buffer) => pieces.push(piece));
    req.on('end', () => {
      headers = req.headers;
      const body = Buffer.concat(pieces);
      if (status === 200) {
        bodies.push(body);
        spans.push(...spansOf(body));
      }
      res.writeHead(status, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    bodies,
    get headers() {
      return headers;
    },
    answer: (next) => {
      status = next;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface RawValue {
  readonly arrayValue?: { readonly values?: readonly RawValue[] };
  readonly [kind: string]: unknown;
}
interface RawSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly { readonly key: string; readonly value: RawValue }[];
  readonly events?: readonly { readonly name: string }[];
  readonly status?: { readonly code?: number };
}
interface RawExport {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly RawSpan[] }[];
  }[];
}

function spansOf(body: Buffer): SeenSpan[] {
  const raw = EXPORT.toObject(EXPORT.decode(body), { bytes: String, longs: String }) as RawExport;
  const each = raw.resourceSpans?.flatMap(({ scopeSpans = [] }) => scopeSpans) ?? [];
  return each.flatMap(({ spans = [] }) => spans).map(seenSpan);
}

function seenSpan(span: RawSpan): SeenSpan {
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId ?? ''),
    name: span.name,
    kind: span.kind,
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
    attributes: Object.fromEntries((span.attributes ?? []).map(({ key, value }) => [key, plain(value)])),
    events: (span.events ?? []).map(({ name }) => name),
    statusCode: span.status?.code ?? 0,
  };
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

function plain(value: RawValue): unknown {
  if (value.arrayValue !== undefined) return value.arrayValue.values?.map(plain) ?? [];
  const [kind, found] = Object.entries(value)[0] ?? [];
  return kind === 'intValue' ? Number(found) : found;
}
