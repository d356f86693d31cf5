import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import type { RequestStory } from '#telemetry';
import { askGateways } from './ask-gateways.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const STORY: RequestStory = {
  request_id: 'req-1',
  correlation_id: null,
  trace_id: null,
  gateway: 'g',
  state: 'ended',
  started_at: '2026-11-30T06:00:00.000Z',
  duration_ms: 12.5,
  endpoint: 'chat',
  stream: false,
  tenant: 'acme',
  key_id: 'k',
  model: 'qwq-32b',
  outcome: 'completed',
  status: 200,
  fault: null,
  limit: null,
  retry_after_ms: null,
  prompt_tokens: 10,
  output_budget: 20,
  output_budget_source: 'max_tokens',
  demand: 30,
  pool: 'default',
  rope: 'default',
  window: 40_960,
  headroom: 40_930,
  reason: 'smallest-rope',
  explanation: 'Because.',
  pools: [
    { name: 'default', rope: 'default', window: 40_960, fits: true, headroom: 40_930, why_not: null },
    {
      name: 'yarn-2',
      rope: 'yarn-2',
      window: 65_536,
      fits: true,
      headroom: 65_506,
      why_not: { code: 'larger-rope', message: 'Larger.' },
    },
  ],
  steps: [{ name: 'identify', at_ms: 0, took_ms: 1 }],
  attempts: [],
  queue_ms: 0,
  first_token_ms: 3,
  overhead_ms: 1,
  usage: { cached_tokens: null, completion_tokens: 4, reasoning_tokens: null },
  finish_reason: 'stop',
};

const UNKNOWN = [404, { error: 'there is no /requests/req-1' }] as const;

/** A gateway's ops port that answers so; `never` does not answer. Gives its origin. */
async function gateway(answer: readonly [number, unknown] | 'never'): Promise<string> {
  const server = createServer((_req, res) => {
    if (answer === 'never') return;
    res.writeHead(answer[0], { 'content-type': 'application/json' }).end(JSON.stringify(answer[1]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('asks every gateway, and gives what any of them knows, newest first', async () => {
  const older = { ...STORY, request_id: 'req-0', started_at: '2026-11-30T05:00:00.000Z' };
  const origins = [
    await gateway(UNKNOWN),
    await gateway([200, { requests: [older] }]),
    await gateway([200, { requests: [STORY] }]),
  ];
  const { records, gateways } = await askGateways(origins, 'req-1');
  expect(gateways).toEqual({ asked: 3, silent: [] });
  expect(records).toEqual([STORY, older]);
});

it('names the gateways that do not answer or cannot be understood, and tells what the others know', async () => {
  const [old, late, odd, failed] = [
    await gateway([404, { error: 'use /metrics, /readyz' }]),
    await gateway('never'),
    await gateway([200, { requests: [{}] }]),
    await gateway([500, {}]),
  ];
  const knows = await gateway([200, { requests: [STORY] }]);
  const nobody = 'http://127.0.0.1:9';
  const found = await askGateways([knows, old, late, odd, failed, nobody], 'x');
  expect(found.records).toEqual([STORY]);
  expect(found.gateways.silent).toEqual([
    { url: old, why: 'answered 404' },
    { url: late, why: 'did not answer in time' },
    { url: odd, why: expect.stringContaining('not one of a gateway of this version') },
    { url: failed, why: 'answered 500' },
    { url: nobody, why: expect.any(String) },
  ]);
});

it('asks each address of a name once, and says that a name has none', async () => {
  const origin = await gateway([200, { requests: [STORY] }]);
  const named = await askGateways([origin.replace('127.0.0.1', 'localhost')], 'x');
  expect(named.gateways.asked).toBe(1);
  const unknown = await askGateways(['http://no-such-host.invalid:9090'], 'x');
  expect(unknown.gateways.silent).toHaveLength(1);
});

it('counts a gateway whose name does not resolve in time as silent, and tells what the others know', async () => {
  const knows = await gateway([200, { requests: [STORY] }]);
  const hung = 'http://gateway.example:9090';
  const found = await askGateways([hung, knows], 'req-1', () => new Promise(() => {}));
  expect(found.records).toEqual([STORY]);
  expect(found.gateways).toEqual({ asked: 2, silent: [{ url: hung, why: 'did not answer in time' }] });
});
