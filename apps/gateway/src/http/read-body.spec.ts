import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { BodyBytes } from './body-bytes.ts';
import { type BodyBounds, type HeldBody, readBody } from './read-body.ts';

const BOUNDS: BodyBounds = { maxBodyBytes: 1_000, bodyTimeoutMs: 60_000 };

let server: Server;
let requests: ((exchange: { req: IncomingMessage; res: ServerResponse }) => void)[];
beforeEach(async () => {
  requests = [];
  server = createServer((req, res) => requests.shift()?.({ req, res }));
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A connection that has sent the head of a POST and the start of its body, and what the server sees of it. */
async function post(
  headers: readonly string[],
  start = '',
): Promise<{ client: Socket; req: IncomingMessage }> {
  const { promise, resolve } = Promise.withResolvers<{ req: IncomingMessage }>();
  requests.push(resolve);
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  client.write(['POST / HTTP/1.1', 'host: a', ...headers, '', start].join('\r\n'));
  return { client, req: (await promise).req };
}

/** The fault a body is refused with. */
async function refusal(reading: Promise<HeldBody>): Promise<Fault> {
  const error: unknown = await reading.then(
    () => new TypeError('the body was read'),
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw error;
}

function aHold() {
  const held = { bodyBytes: 0 };
  return { held, bytes: new BodyBytes(10_000, held) };
}

it('gives the whole body, however it was cut', async () => {
  const { client, req } = await post(['content-length: 11'], 'hello');
  const reading = readBody(req, BOUNDS, aHold().bytes);
  await once(req, 'data');
  client.write(' world');
  expect((await reading).bytes.toString()).toBe('hello world');
});

it('reads a chunked body, an empty one too', async () => {
  const { req } = await post(['transfer-encoding: chunked'], '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
  expect((await readBody(req, BOUNDS, aHold().bytes)).bytes.toString()).toBe('abcde');
  const { req: empty } = await post(['content-length: 0']);
  expect((await readBody(empty, BOUNDS, aHold().bytes)).bytes).toHaveLength(0);
});

it('holds its bytes until they are released, and gives them back once', async () => {
  const { held, bytes } = aHold();
  const { req } = await post(['content-length: 5'], 'hello');
  const body = await readBody(req, BOUNDS, bytes);
  expect(held.bodyBytes).toBe(5);
  body.release();
  body.release();
  expect(held.bodyBytes).toBe(0);
});

it('refuses a declared length over the bound without reading a byte', async () => {
  const { held, bytes } = aHold();
  const { req } = await post(['content-length: 1001']);
  expect(await refusal(readBody(req, BOUNDS, bytes))).toMatchObject({ code: 'body_too_large', status: 413 });
  expect([held.bodyBytes, req.listenerCount('data')]).toEqual([0, 0]);
});

it('refuses a chunked body as soon as it passes the bound, and holds nothing of it', async () => {
  const { held, bytes } = aHold();
  const { req } = await post(['transfer-encoding: chunked'], `3e9\r\n${'a'.repeat(1_001)}\r\n`);
  expect((await refusal(readBody(req, BOUNDS, bytes))).code).toBe('body_too_large');
  expect([held.bodyBytes, req.isPaused()]).toEqual([0, true]);
});

it('takes a body of exactly the bound', async () => {
  const { req } = await post(['content-length: 1000'], 'a'.repeat(1_000));
  expect((await readBody(req, BOUNDS, aHold().bytes)).bytes).toHaveLength(1_000);
});

it('says busy, and when to come again, while other bodies hold all the bytes', async () => {
  const held = { bodyBytes: 8 };
  const { req } = await post(['content-length: 5'], 'hello');
  const fault = await refusal(readBody(req, BOUNDS, new BodyBytes(10, held)));
  expect(fault).toMatchObject({ code: 'gateway_busy', status: 503, retryAfterMs: 1_000 });
  expect(held.bodyBytes).toBe(8);
});

it('gives up on a body that does not come in time, and gives back what had come', async () => {
  const { held, bytes } = aHold();
  const { req } = await post(['content-length: 11'], 'hello');
  const fault = await refusal(readBody(req, { ...BOUNDS, bodyTimeoutMs: 20 }, bytes));
  expect([fault.code, held.bodyBytes]).toEqual(['body_timeout', 0]);
});

it('takes a client that leaves in the middle for one, and gives back what had come', async () => {
  const { held, bytes } = aHold();
  const { client, req } = await post(['content-length: 11'], 'hello');
  const reading = refusal(readBody(req, BOUNDS, bytes));
  await once(req, 'data');
  client.destroy();
  expect([(await reading).code, held.bodyBytes]).toEqual(['client_closed', 0]);
});

it('takes a client that left before anybody read for one, at once', async () => {
  const { held, bytes } = aHold();
  const { client, req } = await post(['content-length: 5'], 'hello');
  client.destroy();
  await once(req.socket, 'close');
  expect([(await refusal(readBody(req, BOUNDS, bytes))).code, held.bodyBytes]).toEqual(['client_closed', 0]);
});

it('still holds the bytes of a client that leaves after the end of its body', async () => {
  const { held, bytes } = aHold();
  const { client, req } = await post(['content-length: 5'], 'hello');
  await readBody(req, BOUNDS, bytes);
  client.destroy();
  await once(req.socket, 'close');
  expect(held.bodyBytes).toBe(5);
});

it('leaves no listener behind', async () => {
  const { req } = await post(['content-length: 5'], 'hello');
  const names = ['data', 'end', 'error', 'close'];
  const count = () => names.map((name) => req.listenerCount(name));
  const before = count();
  await readBody(req, BOUNDS, aHold().bytes);
  expect(count()).toEqual(before);
});

it.each(['content-encoding: gzip', 'content-type: text/plain', 'content-type: application/jsonx'])(
  'refuses %s',
  async (header) => {
    const { req } = await post([header, 'content-length: 2'], '{}');
    expect((await refusal(readBody(req, BOUNDS, aHold().bytes))).code).toBe('unsupported_media_type');
  },
);

it.each([
  'content-type: application/json; charset=utf-8',
  'content-type: Application/JSON',
  'content-type: application/problem+json',
  'content-encoding: identity',
])('takes %s', async (header) => {
  const { req } = await post([header, 'content-length: 2'], '{}');
  expect((await readBody(req, BOUNDS, aHold().bytes)).bytes.toString()).toBe('{}');
});
