// What two servers in a row could read differently is refused, and no worker ever sees a request nobody sent.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CHAT } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { head, RawClient, rawAnswer } from './harness/raw-client.ts';

const BODY = '{"model":"qwq-32b","messages":[{"role":"user","content":"Hi"}]}';
const LENGTH = `content-length: ${BODY.length}`;
const CHUNKED = 'transfer-encoding: chunked';

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest({
    pools: ONE_POOL,
    settings: {
      server: { host: '127.0.0.1', port: 0, headersTimeoutMs: 300 },
      bodies: { maxBytes: 1_048_576, timeoutMs: 500 },
    },
  });
});
afterAll(() => fleet.close());
beforeEach(() => {
  for (const { seen } of fleet.sims('default')) seen.clear();
});

const post = (...headers: string[]): string =>
  head(`POST ${CHAT} HTTP/1.1`, ['host: a', ...common(), ...headers]);
const common = (): string[] => [`authorization: Bearer ${fleet.key}`, 'content-type: application/json'];
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
/** What an attacker would like to be read as a request of its own. */
const smuggled = (): string => post(LENGTH) + BODY;
const answersIn = (text: string): number => text.split(/HTTP\/1\.1 \d{3}/).length - 1;

describe('is refused with 400 and closed, and reaches no worker:', () => {
  const shapes: readonly (readonly [string, () => string])[] = [
    ['content-length and transfer-encoding', () => post(LENGTH, CHUNKED) + chunk(BODY) + '0\r\n\r\n'],
    [
      'transfer-encoding and content-length',
      () => post(CHUNKED, 'content-length: 4') + chunk(BODY) + '0\r\n\r\n',
    ],
    ['two content-lengths that differ', () => post(LENGTH, 'content-length: 3') + BODY],
    ['two content-lengths that agree', () => post(LENGTH, LENGTH) + BODY],
    ['a list of content-lengths', () => post(`content-length: ${BODY.length}, ${BODY.length}`) + BODY],
    ['a signed content-length', () => post(`content-length: +${BODY.length}`) + BODY],
    ['a content-length in hex', () => post('content-length: 0x3f') + BODY],
    ['a content-length beyond any number', () => post('content-length: 99999999999999999999') + BODY],
    ['a chunk size that is no number', () => `${post(CHUNKED)}zz\r\n${BODY}\r\n0\r\n\r\n`],
    ['a chunk size beyond any number', () => `${post(CHUNKED)}fffffffffffffffff\r\n${BODY}`],
    ['a chunk longer than its size', () => `${post(CHUNKED)}4\r\n${BODY}\r\n0\r\n\r\n`],
    [
      'a chunked that is not the last coding',
      () => post('transfer-encoding: chunked, identity') + chunk(BODY),
    ],
    ['an unknown coding', () => post('transfer-encoding: xchunked') + BODY],
    ['a space before the colon', () => post(`content-length : ${BODY.length}`) + BODY],
    ['a header folded over two lines', () => post('x-a: 1', ' transfer-encoding: chunked', LENGTH) + BODY],
    ['a bare carriage return in a header', () => post('x-a: 1\rtransfer-encoding: chunked', LENGTH) + BODY],
    ['a NUL in a header', () => post('x-a: 1\0', LENGTH) + BODY],
    ['lines that end in LF only', () => (post(LENGTH) + BODY).replaceAll('\r\n', '\n')],
    ['no host', () => head(`POST ${CHAT} HTTP/1.1`, [...common(), LENGTH]) + BODY],
    ['two hosts', () => post('Host: b', LENGTH) + BODY],
    ['two hosts that agree', () => post('host: a', LENGTH) + BODY],
    ['a host with a space', () => head(`POST ${CHAT} HTTP/1.1`, ['host: a b', ...common(), LENGTH]) + BODY],
    [
      'a host that is a URL',
      () => head(`POST ${CHAT} HTTP/1.1`, ['host: http://a', ...common(), LENGTH]) + BODY,
    ],
    ['a body chunked twice', () => post('transfer-encoding: chunked, chunked') + chunk(BODY) + '0\r\n\r\n'],
    ['another version of HTTP', () => head(`POST ${CHAT} HTTP/3.1`, ['host: a', ...common(), LENGTH]) + BODY],
    ['a preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a TLS hello', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ];
  it.each(shapes)('%s', async (_shape, bytes) => {
    const text = await RawClient.exchange(fleet.url, bytes() + smuggled());
    expectFault(rawAnswer(text), 'bad_http');
    expect(answersIn(text)).toBe(1);
    expect(fleet.asked()).toEqual([]);
  });
});

it.each([
  ['a transfer coding that is not understood', 501, 'transfer-encoding: gzip, chunked'],
  ['an expectation that is not understood', 417, 'expect: 200-ok'],
])("answers %s with %i and the client's own id, closes, and asks no worker", async (_, status, line) => {
  const bytes = post(line, 'x-request-id: mine') + chunk(BODY) + '0\r\n\r\n';
  const text = await RawClient.exchange(fleet.url, bytes + smuggled());
  expectFault(rawAnswer(text), 'bad_http', { status, requestId: 'mine' });
  expect(answersIn(text)).toBe(1);
  expect(fleet.asked()).toEqual([]);
});

it.each(['POST', 'GET'])('serves a %s whose target is in absolute form', async (method) => {
  const path = method === 'POST' ? CHAT : '/v1/models';
  const lines = ['host: a', ...common(), 'connection: close', ...(method === 'POST' ? [LENGTH] : [])];
  const request = head(`${method} http://b${path} HTTP/1.1`, lines) + (method === 'POST' ? BODY : '');
  expect(await RawClient.exchange(fleet.url, request)).toMatch(/^HTTP\/1\.1 200 /);
});

it('reads chunks with extensions and trailers as the one request they are', async () => {
  const client = await RawClient.open(fleet.url);
  const half = BODY.length / 2;
  client.send(`${post(CHUNKED)}${chunk(BODY.slice(0, half)).replace('\r\n', ';a=b\r\n')}`);
  client.send(`${chunk(BODY.slice(half))}0\r\nx-trailer: content-length\r\n\r\n`);
  await client.until('"finish_reason"');
  expect(fleet.asked().map(({ body }) => body)).toEqual([BODY.replace('qwq-32b', 'QwQ-32B')]);
  client.leave();
});

it('answers pipelined requests in their order, each once', async () => {
  const client = await RawClient.open(fleet.url);
  const get = head('GET /v1/models HTTP/1.1', ['host: a', ...common()]);
  client.send(post(LENGTH) + BODY + get + post(LENGTH) + BODY + get);
  await eventually('four answers', () => answersIn(client.text) === 4 && client.text.endsWith('}'));
  const kinds = [...client.text.matchAll(/"object":"(chat\.completion|list)"/g)].map(([, kind]) => kind);
  expect(kinds).toEqual(['chat.completion', 'list', 'chat.completion', 'list']);
  expect(fleet.asked().length).toBe(2);
  client.leave();
});

it('does not read what follows a refused body as a request', async () => {
  const text = await RawClient.exchange(fleet.url, post('content-length: 2000000') + smuggled().repeat(3));
  expectFault(rawAnswer(text), 'body_too_large');
  expect(answersIn(text)).toBe(1);
  expect(fleet.asked()).toEqual([]);
});

it('serves a client of HTTP/1.0 without chunks and closes', async () => {
  const body = BODY.replace('{', '{"stream":true,');
  const request = head(`POST ${CHAT} HTTP/1.0`, [...common(), `content-length: ${body.length}`]);
  const text = await RawClient.exchange(fleet.url, request + body);
  expect(text).toMatch(/^HTTP\/1\.1 200/);
  expect(text.toLowerCase()).not.toContain('transfer-encoding');
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
});

it('answers 408 to headers that never end', async () => {
  const client = await RawClient.open(fleet.url);
  client.send(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\nx-slow: `);
  await client.closed;
  expectFault(rawAnswer(client.text), 'body_timeout');
});

it('answers 408 to a body that trickles in for too long', async () => {
  const client = await RawClient.open(fleet.url);
  client.send(post(LENGTH));
  const drip = setInterval(() => client.send(' '), 50);
  await client.closed;
  clearInterval(drip);
  expectFault(rawAnswer(client.text), 'body_timeout');
});

it.each([
  ['one header', [`x-a: ${'a'.repeat(20_000)}`]],
  ['a thousand headers', Array.from({ length: 1_000 }, (_, nth) => `x-header-number-${nth}: ${nth}`)],
])('answers 431 to %s above the bound', async (_name, headers) => {
  const text = await RawClient.exchange(fleet.url, post(...headers, LENGTH) + BODY);
  expectFault(rawAnswer(text), 'headers_too_large');
  expect(fleet.asked()).toEqual([]);
});

describe('a body of 100 MB is answered with 413 and cut off after a fraction of it', () => {
  const PIECE = Buffer.alloc(65_536, 0x20);
  /** Sends until the gateway takes no more. */
  async function flood(client: RawClient, wrap: (piece: Buffer) => Buffer): Promise<number> {
    let sentBytes = 0;
    const piece = wrap(PIECE);
    while (sentBytes < 100 * 1024 * 1024 && client.socket.writable) {
      sentBytes += PIECE.length;
      if (client.socket.write(piece)) continue;
      await Promise.race([client.closed, new Promise((resolve) => client.socket.once('drain', resolve))]);
    }
    await client.closed;
    return client.socket.bytesWritten - client.socket.writableLength;
  }
  const identity = (piece: Buffer): Buffer => piece;
  const chunked = (piece: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);

  it.each([
    ['declared', 'content-length: 104857600', identity],
    ['chunked', CHUNKED, chunked],
  ])('%s', async (_name, framing, wrap) => {
    const client = await RawClient.open(fleet.url);
    client.send(post(framing));
    const takenBytes = await flood(client, wrap);
    expect(takenBytes).toBeLessThan(20 * 1024 * 1024);
    expectFault(rawAnswer(client.text), 'body_too_large');
  });
});
