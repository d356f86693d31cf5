import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { InMemorySpanExporter, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import { newRequestRecord, type RequestRecord } from '../request-record.ts';
import { OtelTracing } from './otel-tracing.ts';
import type { TracingOptions } from './tracing.ts';

const OPTIONS: TracingOptions = {
  url: 'http://127.0.0.1:4318/v1/traces',
  headers: {},
  ratio: 1,
  obeysCallers: true,
  serviceName: 'ropeway',
  maxQueuedSpans: 8192,
  exportTimeoutMs: 1_000,
  flushMs: 1_000,
};
const CALLER = '0af7651916cd43dd8448eb211c80319c';

let kept: ReadableSpan[];
let tracing: OtelTracing | null = null;
let lost: unknown[];

function open(options: Partial<TracingOptions> = {}, exporter: SpanExporter = keeping()): OtelTracing {
  tracing = new OtelTracing(
    { ...OPTIONS, ...options },
    { version: '1.2.3', exporter, onLost: (error) => lost.push(error) },
  );
  return tracing;
}

/** InMemorySpanExporter forgets at shutdown, which is when the last spans come. */
function keeping(): SpanExporter {
  const memory = new InMemorySpanExporter();
  return {
    export: (spans, done) => {
      kept.push(...spans);
      memory.export(spans, done);
    },
    shutdown: () => memory.shutdown(),
  };
}

/** Node has it only behind a flag, which may be set late (https://nodejs.org/api/v8.html#v8setflagsfromstringflags). */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

function record(): RequestRecord {
  return newRequestRecord('r-1', 'chat', performance.now());
}

async function spans(): Promise<ReadableSpan[]> {
  await tracing?.close();
  return kept;
}

beforeEach(() => {
  kept = [];
  lost = [];
});
afterEach(async () => tracing?.close());

describe('the trace of a request', () => {
  it('has a span for the whole, one a step and one an attempt, under the trace of the caller', async () => {
    const request = record();
    const trace = open().begin(request, { traceparent: `00-${CALLER}-b7ad6b7169203331-01` });
    request.steps.enter('route');
    request.steps.enter('attempt');
    trace?.startAttempt({ worker: 'http://10.0.0.7:8000', pool: 'default' });
    trace?.endAttempt({ outcome: 'finished', firstTokenMs: performance.now() });
    Object.assign(request, { model: 'qwq-32b', outcome: 'completed', pool: 'default', status: 200 });
    trace?.end(request, performance.now());
    const found = await spans();
    expect(found.map(({ name }) => name).sort()).toEqual(['attempt', 'chat qwq-32b', 'identify', 'route']);
    expect(new Set(found.map((span) => span.spanContext().traceId))).toEqual(new Set([CALLER]));
    const root = found.find(({ name }) => name === 'chat qwq-32b');
    expect(root?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(root?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'qwq-32b',
      'ropeway.pool': 'default',
      'ropeway.request_id': 'r-1',
    });
    const children = found.filter((span) => span !== root);
    expect(children.map((span) => span.parentSpanContext?.spanId)).toEqual(
      children.map(() => root?.spanContext().spanId),
    );
  });

  it('tells the worker the id of the attempt, and passes the state of the trace on', async () => {
    const request = record();
    const trace = open().begin(request, {
      traceparent: `00-${CALLER}-b7ad6b7169203331-01`,
      tracestate: 'vendor=1',
    });
    const headers = trace?.startAttempt({ worker: 'http://10.0.0.7:8000', pool: 'default' });
    trace?.endAttempt({ outcome: 'finished', firstTokenMs: null });
    trace?.end(request, performance.now());
    const attempt = (await spans()).find(({ name }) => name === 'attempt');
    expect(headers).toEqual({
      traceparent: `00-${CALLER}-${attempt?.spanContext().spanId}-01`,
      tracestate: 'vendor=1',
    });
  });

  it('begins a trace of its own where the header is no W3C trace context', async () => {
    const request = record();
    const trace = open().begin(request, { traceparent: '00-not-a-trace-01' });
    trace?.end(request, performance.now());
    const [root] = (await spans()).filter(({ name }) => name === 'chat');
    expect(root?.parentSpanContext).toBeUndefined();
    expect(trace?.traceId).toMatch(/^[\da-f]{32}$/);
  });

  it.each([
    ['failed', 'worker_failed', 2],
    ['refused', 'rate_limit_exceeded', 0],
    ['client_closed', 'client_closed', 0],
    ['completed', null, 0],
  ] as const)('of a request that %s says so', async (outcome, faultCode, status) => {
    const request = record();
    const trace = open().begin(request, {});
    Object.assign(request, { outcome, faultCode });
    trace?.end(request, performance.now());
    const root = (await spans()).find(({ name }) => name === 'chat');
    expect(root?.status.code).toBe(status);
    expect(root?.attributes['ropeway.outcome']).toBe(outcome);
  });

  it('keeps the distances of the record', async () => {
    const request = newRequestRecord('r-1', 'chat', performance.now() - 5_000);
    const trace = open().begin(request, {});
    trace?.end(request, request.startedMs + 4_000);
    const [root] = (await spans()).filter(({ name }) => name === 'chat');
    const [seconds = 0, nanos = 0] = root?.duration ?? [];
    expect(seconds + nanos / 1e9).toBeCloseTo(4, 3);
    expect(Math.abs(Date.now() - 5_000 - (root?.startTime[0] ?? 0) * 1_000)).toBeLessThan(60_000);
  });

  it('leaves nothing but its id in the record once the spans are sent', async () => {
    const refs: WeakRef<ReadableSpan>[] = [];
    const exporter: SpanExporter = {
      export: (sent, done) => {
        for (const span of sent) refs.push(new WeakRef(span));
        done({ code: ExportResultCode.SUCCESS });
      },
      shutdown: () => Promise.resolve(),
    };
    const opened = open({}, exporter);
    const ended = record();
    ended.trace = opened.begin(ended, {});
    ended.trace?.startAttempt({ worker: 'http://10.0.0.7:8000', pool: 'default' });
    ended.trace?.endAttempt({ outcome: 'finished', firstTokenMs: null });
    ended.trace?.end(ended, performance.now());
    await opened.flush();
    expect(refs).toHaveLength(3);
    // A WeakRef lives on until the turn that made it is over.
    await new Promise(setImmediate);
    collectGarbage();
    expect(refs.map((ref) => ref.deref()?.name)).toEqual([undefined, undefined, undefined]);
    expect(ended.trace?.traceId).toMatch(/^[\da-f]{32}$/);
  });

  it('keeps a key that was sent as request id to itself', async () => {
    const request = record();
    request.correlationId = 'rw_live_abc_secretsecret';
    open().begin(request, {})?.end(request, performance.now());
    expect(JSON.stringify((await spans()).map(({ attributes }) => attributes))).not.toContain('secretsecret');
  });
});

describe('sampling', () => {
  it('leaves no trace where the caller decided against one', () => {
    expect(open().begin(record(), { traceparent: `00-${CALLER}-b7ad6b7169203331-00` })).toBeNull();
  });

  it('goes by the ratio where callers are not obeyed, and joins their trace all the same', () => {
    const caller = { traceparent: `00-${CALLER}-b7ad6b7169203331-00` };
    expect(open({ obeysCallers: false }).begin(record(), caller)?.traceId).toBe(CALLER);
    expect(open({ obeysCallers: false, ratio: 0 }).begin(record(), caller)).toBeNull();
  });

  it('leaves whole traces out while too many spans wait, and counts them', () => {
    const stuck: SpanExporter = { export: () => {}, shutdown: () => Promise.resolve() };
    const full = open({ maxQueuedSpans: 512, flushMs: 0 }, stuck);
    for (let index = 0; index < 600; index++) {
      const request = record();
      full.begin(request, {})?.end(request, performance.now());
    }
    expect(full.begin(record(), {})).toBeNull();
    expect(full.stats().dropped).toBeGreaterThan(0);
  });
});

describe('a collector that does not take spans', () => {
  it('costs those spans, and is told once until it takes some again', async () => {
    const failure = new Error('connection refused');
    let result: ExportResult = { code: ExportResultCode.FAILED, error: failure };
    const exporter: SpanExporter = {
      export: (_, done) => done(result),
      shutdown: () => Promise.resolve(),
    };
    const opened = open({}, exporter);
    const send = async () => {
      const request = record();
      opened.begin(request, {})?.end(request, performance.now());
      await opened.flush();
    };
    await send();
    await send();
    expect(lost).toEqual([failure]);
    result = { code: ExportResultCode.SUCCESS };
    await send();
    result = { code: ExportResultCode.FAILED };
    await send();
    expect(lost).toHaveLength(2);
    expect(opened.stats()).toEqual({ sent: 2, lost: 6, dropped: 0 });
  });

  it('holds up the end of the gateway no longer than flushMs', async () => {
    const stuck: SpanExporter = { export: () => {}, shutdown: () => new Promise(() => {}) };
    const request = record();
    const opened = open({ flushMs: 20 }, stuck);
    opened.begin(request, {})?.end(request, performance.now());
    await expect(opened.close()).resolves.toBeUndefined();
  });
});
