// From a slow request on a graph to its trace: a real Prometheus keeps the exemplars that the gateway's histograms have.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startPrometheus, type TestPrometheus } from '../servers/start-prometheus.ts';
import { ask, CHAT, chat } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const HISTOGRAMS = [
  'ropeway_time_to_first_token_seconds_bucket',
  'ropeway_request_seconds_bucket',
  'ropeway_gateway_overhead_seconds_bucket',
];
const PROMETHEUS_ASKS =
  'application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

let traced: FleetUnderTest;
let plain: FleetUnderTest;
let prometheus: TestPrometheus;

beforeAll(async () => {
  // Nothing listens there: exemplars don't depend on what becomes of the spans.
  const tracing = { url: 'http://127.0.0.1:9/v1/traces', ratio: 0, exportTimeoutMs: 200, flushMs: 0 };
  traced = await startFleetUnderTest({ pools: ONE_POOL, settings: { tracing } });
  plain = await startFleetUnderTest({ pools: ONE_POOL });
  for (const fleet of [traced, plain]) {
    const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
    const answer = await ask(fleet, CHAT, chat('Hello', { stream: true }), { headers });
    expect(answer.status).toBe(200);
    await fleet.idle();
  }
  prometheus = await startPrometheus({
    targets: [{ address: new URL(traced.gateway.opsUrl).host, labels: { job: 'ropeway' } }],
  });
});
afterAll(async () => {
  await prometheus.stop();
  await Promise.all([traced, plain].map((fleet) => fleet.close()));
});

it.each(HISTOGRAMS)('%s leads to the trace', async (name) => {
  await eventually('Prometheus has the exemplar', async () => {
    const found = await prometheus.client.exemplars(name);
    return found.some(({ labels }) => labels.trace_id === TRACE);
  });
});

it('every metric of the plain page is there as it was', async () => {
  const page = await (await fetch(`${traced.gateway.opsUrl}/metrics`)).text();
  const names = new Set([...page.matchAll(/^([a-z_]+)(?:\{| )/gm)].map(([, name]) => name ?? ''));
  await eventually('Prometheus has each', async () => {
    const kept = (await prometheus.client.query('{job="ropeway"}')).map(
      ({ labels }) => labels.__name__ ?? '',
    );
    return names.difference(new Set(kept)).size === 0;
  });
});

it('without traces, or without being asked, the page is the plain text without exemplars', async () => {
  const asking = { headers: { accept: PROMETHEUS_ASKS } };
  for (const response of [
    await fetch(`${plain.gateway.opsUrl}/metrics`, asking),
    await fetch(`${traced.gateway.opsUrl}/metrics`),
  ]) {
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).not.toContain('trace_id');
  }
  const open = await fetch(`${traced.gateway.opsUrl}/metrics`, asking);
  expect(open.headers.get('content-type')).toContain('application/openmetrics-text');
  expect(await open.text()).toMatch(/# EOF\n$/);
});
