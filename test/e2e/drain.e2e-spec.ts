// A gateway that is told to stop finishes what it has begun, takes nothing new, says so, and is gone.
import { expect, it } from '@jest/globals';
import { ask, CHAT, chat, open } from './harness/ask.ts';
import { eventually, within } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { head, RawClient } from './harness/raw-client.ts';
import { chunksOf, framesOf, StreamReader } from './harness/read-stream.ts';

it('finishes running answers, refuses new ones, turns readiness off, then closes every connection', async () => {
  const fleet = await startFleetUnderTest({ pools: ONE_POOL });
  const { gateway } = fleet;
  const ops = async (path: string) => (await fetch(`${gateway.opsUrl}${path}`)).status;
  expect(await ops('/readyz')).toBe(200);
  const idle = await RawClient.open(fleet.url);
  idle.send(head('GET /v1/models HTTP/1.1', ['host: a', `authorization: Bearer ${fleet.key}`]));
  await idle.until('"list"');

  fleet.sim('default').inflict({ kind: 'freeze' });
  const streamed = open(fleet, CHAT, chat('Hi', { stream: true }));
  const whole = ask(fleet, CHAT, chat('Hi'));
  await eventually('both run', () => fleet.asked().length === 2);
  const drained = gateway.drain();

  expectFault(await ask(fleet, CHAT, chat()), 'gateway_draining');
  expectFault(await ask(fleet, '/v1/models'), 'gateway_draining');
  expect(await ops('/readyz')).toBe(503);
  expect(await ops('/livez')).toBe(200);
  expect(fleet.asked().length).toBe(2);

  fleet.sim('default').heal();
  expect((await framesOf(await streamed)).at(-1)).toBe('data: [DONE]');
  expect((await whole).status).toBe(200);
  expect(await within('it is drained', drained)).toBe(true);
  await within('the idle connection is closed', idle.closed);
  await expect(fetch(fleet.url)).rejects.toThrow('fetch failed');
  await fleet.close();
});

it('serves what comes on open connections while it leaves, ends each with its answer, and is gone with the last', async () => {
  const server = { host: '127.0.0.1', port: 0, leaveMs: 60_000 };
  const fleet = await startFleetUnderTest({ pools: ONE_POOL, settings: { server } });
  const client = await RawClient.open(fleet.url);
  const body = JSON.stringify(chat('Hi', { max_tokens: 1 }));
  const fields = [`authorization: Bearer ${fleet.key}`, 'content-type: application/json'];
  const request = `${head(`POST ${CHAT} HTTP/1.1`, ['host: a', ...fields, `content-length: ${body.length}`])}${body}`;
  client.send(request);
  await client.until('"usage"');
  expect(client.text).not.toMatch(/connection: close/i);

  const drained = fleet.gateway.drain();
  expect((await fetch(`${fleet.gateway.opsUrl}/readyz`)).status).toBe(503);
  client.send(request);
  await within('the connection ends', client.closed);
  expect(client.text.match(/HTTP\/1.1 200/g)).toHaveLength(2);
  expect(client.text).toMatch(/connection: close/i);
  // Long before leaveMs: nobody is left.
  expect(await within('it is gone', drained)).toBe(true);
  await fleet.close();
});

it('cuts what still runs at the limit, and tells each client that it was the gateway', async () => {
  const fleet = await startFleetUnderTest({ pools: ONE_POOL });
  fleet.sim('default').inflict({ kind: 'stall', afterTokens: 2, count: 2 });
  const streamed = new StreamReader(await open(fleet, CHAT, chat('Hi', { stream: true })));
  expect(await streamed.nextData()).toContain('"role"');
  const whole = ask(fleet, CHAT, chat('Hi'));
  await eventually('both run', () => fleet.asked().length === 2);
  expect(await within('the limit', fleet.gateway.drain(100))).toBe(false);
  expectFault(await whole, 'gateway_draining');
  expect(chunksOf(await streamed.rest()).at(-1)).toMatchObject({ error: { code: 'gateway_draining' } });
  await eventually('the worker is told', () => fleet.sim('default').engine.runningCount === 0);
  await fleet.close();
});
