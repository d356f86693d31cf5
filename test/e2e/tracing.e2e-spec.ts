// A traced request leaves one trace from its caller through the gateway to its worker; a collector that is away costs nobody
// anything but the spans.
import { afterEach, describe, expect, it } from '@jest/globals';
import { ask, CHAT, chat, open } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import {
  type FleetTerms,
  type FleetUnderTest,
  ONE_POOL,
  startFleetUnderTest,
  TWO_WORKERS,
} from './harness/fleet-under-test.ts';
import { type SeenSpan, type SpanReceiver, startSpanReceiver } from './harness/span-receiver.ts';

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const SAMPLED = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
const EAGER = { retryBudgetRatio: 1, retryBudgetMinPerSecond: 1_000 };
const BLIND = { compareCounts: false, scrapeIntervalMs: 3_600_000, warmUpMs: 0, breakerFailures: 1_000 };

let receiver: SpanReceiver | null = null;
let fleet: FleetUnderTest | null = null;

async function start(tracing: object = {}, terms: FleetTerms = {}): Promise<[FleetUnderTest, SpanReceiver]> {
  receiver = await startSpanReceiver();
  const settings = { ...terms.settings, tracing: { url: receiver.url, ratio: 1, ...tracing } };
  fleet = await startFleetUnderTest({ pools: ONE_POOL, ...terms, settings });
  return [fleet, receiver];
}

/** Spans of one trace, sent at the latest when the gateway ends; in the order they began. */
async function traceOf(
  name: string,
): Promise<{ readonly root: SeenSpan; readonly children: readonly SeenSpan[] }> {
  await fleet?.close();
  fleet = null;
  const all = receiver?.spans ?? [];
  const root = all.find((span) => span.name.startsWith(name) && span.kind === 2);
  if (root === undefined)
    throw new Error(`no trace of ${name} among ${all.map((span) => span.name).join(', ')}`);
  const children = all.filter(({ parentSpanId }) => parentSpanId === root.spanId);
  return { root, children: children.sort((one, other) => one.startMs - other.startMs) };
}

afterEach(async () => {
  await fleet?.close();
  await receiver?.close();
  fleet = null;
  receiver = null;
});

describe('one trace a request:', () => {
  it('the steps in order under the span of the caller, and the worker under the attempt', async () => {
    const [gateway] = await start();
    const answer = await ask(gateway, CHAT, chat('Where to?'), { headers: { traceparent: SAMPLED } });
    expect(answer.status).toBe(200);
    const told = gateway.asked()[0]?.headers.traceparent;
    const { root, children } = await traceOf('chat qwq-32b');
    expect(root).toMatchObject({ traceId: CALLER.traceId, parentSpanId: CALLER.spanId, statusCode: 0 });
    expect(children.map(({ name }) => name)).toEqual([
      'identify',
      'read',
      'parse',
      'count',
      'route',
      'reserve',
      'attempt',
    ]);
    const attempt = children.at(-1);
    expect(attempt).toMatchObject({ kind: 3, attributes: { 'ropeway.pool': 'default' } });
    expect(told).toBe(`00-${CALLER.traceId}-${attempt?.spanId}-01`);
    expect(root.attributes).toMatchObject({
      'gen_ai.request.model': 'qwq-32b',
      'gen_ai.usage.input_tokens': Number(answer.headers.get('x-ropeway-prompt-tokens')),
      'ropeway.pool': answer.headers.get('x-ropeway-pool'),
      'ropeway.rope': answer.headers.get('x-ropeway-rope'),
      'ropeway.reason': answer.headers.get('x-ropeway-reason'),
      'ropeway.request_id': expect.any(String),
      'http.response.status_code': 200,
      'gen_ai.response.finish_reasons': ['stop'],
    });
    for (const span of children) {
      expect(span.startMs).toBeGreaterThanOrEqual(root.startMs - 0.001);
      expect(span.endMs).toBeLessThanOrEqual(root.endMs + 0.001);
    }
  });

  it('two attempts where the first worker failed, and each worker heard of its own', async () => {
    const [gateway] = await start({}, { pools: TWO_WORKERS, settings: { relay: EAGER, workers: BLIND } });
    for (const sim of gateway.sims('default')) sim.inflict({ kind: 'status', status: 500 });
    const answer = await ask(gateway, CHAT, chat('Again?'), { headers: { traceparent: SAMPLED } });
    expect(answer.status).toBeGreaterThanOrEqual(500);
    const told = gateway.asked().map(({ headers }) => headers.traceparent);
    const { root, children } = await traceOf('chat qwq-32b');
    const attempts = children.filter(({ name }) => name === 'attempt');
    expect(attempts).toHaveLength(2);
    expect(attempts.every(({ statusCode }) => statusCode === 2)).toBe(true);
    expect(new Set(told)).toEqual(new Set(attempts.map(({ spanId }) => `00-${CALLER.traceId}-${spanId}-01`)));
    expect(root).toMatchObject({ statusCode: 2, attributes: { 'error.type': 'worker_failed' } });
  });

  it('a refusal is no error, and says its code', async () => {
    const [gateway] = await start();
    const answer = await ask(gateway, CHAT, chat('x'.repeat(9_000), { max_tokens: 9_000 }));
    expect(answer.error.code).toBe('context_length_exceeded');
    const { root, children } = await traceOf('chat qwq-32b');
    expect(root).toMatchObject({
      statusCode: 0,
      attributes: { 'ropeway.outcome': 'refused', 'ropeway.fault': 'context_length_exceeded' },
    });
    expect(children.at(-1)?.name).toBe('route');
  });

  it('a caller that leaves is no error either, and its attempt has ended', async () => {
    const [gateway] = await start(
      {},
      {
        pools: [
          {
            ...ONE_POOL[0],
            name: 'default',
            factor: 1,
            windowTokens: 1_024,
            sim: { engine: { stepMs: 50 } },
          },
        ],
      },
    );
    const leaving = new AbortController();
    const response = await open(gateway, CHAT, chat('Slowly', { stream: true }), { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await gateway.idle();
    const { root, children } = await traceOf('chat qwq-32b');
    expect(root).toMatchObject({ statusCode: 0, attributes: { 'ropeway.outcome': 'client_closed' } });
    expect(children.at(-1)).toMatchObject({ name: 'attempt', statusCode: 0, events: ['first token'] });
  });

  it('/v1/route and /v1/tokenize have theirs', async () => {
    const [gateway] = await start();
    await ask(gateway, '/v1/route', chat('Where to?'));
    await ask(gateway, '/v1/tokenize', chat('How long?'));
    const { children } = await traceOf('route qwq-32b');
    expect(children.map(({ name }) => name)).toEqual(['identify', 'read', 'parse', 'count', 'route']);
    expect(receiver?.spans.some(({ name }) => name === 'tokenize qwq-32b')).toBe(true);
  });

  it('names the trace in the log line, and neither prompt nor key anywhere', async () => {
    const [gateway, collector] = await start({ headers: { 'x-collector-key': 'for the collector' } });
    await ask(gateway, CHAT, chat('a-secret-prompt'), { headers: { traceparent: SAMPLED } });
    const { key, log } = gateway;
    await traceOf('chat qwq-32b');
    expect(log.some((line) => line.includes(`"trace_id":"${CALLER.traceId}"`))).toBe(true);
    expect(collector.headers['x-collector-key']).toBe('for the collector');
    const sent = Buffer.concat([...collector.bodies]).toString('latin1');
    expect(sent).not.toContain('a-secret-prompt');
    expect(sent).not.toContain(key);
  });
});

describe('without a trace', () => {
  it('the trace context of a caller goes on to the worker as it came', async () => {
    const traceparent = `00-${CALLER.traceId}-${CALLER.spanId}-00`;
    const [gateway, collector] = await start();
    await ask(gateway, CHAT, chat('Unsampled'), { headers: { traceparent } });
    expect(gateway.asked()[0]?.headers.traceparent).toBe(traceparent);
    await gateway.close();
    fleet = null;
    expect(collector.spans).toHaveLength(0);
  });
});

describe('a collector that', () => {
  it('refuses costs no request anything, and the metrics and the log say so', async () => {
    const [gateway, collector] = await start();
    collector.answer(400);
    expect((await ask(gateway, CHAT, chat('Fine?'))).status).toBe(200);
    await eventually('the lost spans are counted', async () => {
      const page = await (await fetch(`${gateway.gateway.opsUrl}/metrics`)).text();
      return /ropeway_trace_spans_total\{result="lost"\} [1-9]/.test(page);
    });
    expect(gateway.log.some((line) => line.includes('the collector of traces takes none'))).toBe(true);
  });

  it('is away when the gateway ends does not hold it up', async () => {
    const [gateway, collector] = await start({ flushMs: 200, exportTimeoutMs: 500 });
    expect((await ask(gateway, CHAT, chat('Bye'))).status).toBe(200);
    await collector.close();
    await gateway.close();
    fleet = null;
  });
});
