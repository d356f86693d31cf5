// A refusal costs its sender no connection, unless something of its body is still to come.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FaultCode } from '#protocol';
import { type Answered, CHAT, chat, words } from './harness/ask.ts';
import { eventually, within } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { head, RawClient, rawAnswer } from './harness/raw-client.ts';

const MAX_BYTES = 1_048_576;
/** Requests a connection may be ahead of its answers. */
const WAITING = 64;

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest({
    pools: ONE_POOL,
    settings: { bodies: { maxBytes: MAX_BYTES, timeoutMs: 10_000 } },
  });
});
afterAll(() => fleet.close());

/** Bytes of a request; the length may promise more than there is. */
function post(path: string, body: string, terms: { key?: string; length?: number } = {}): string {
  return (
    head(`POST ${path} HTTP/1.1`, [
      'host: a',
      `authorization: Bearer ${terms.key ?? fleet.key}`,
      'content-type: application/json',
      `content-length: ${terms.length ?? body.length}`,
    ]) + body
  );
}

/** The next answer on this connection, once all of it is there. */
async function next(client: RawClient): Promise<Answered> {
  await eventually('a whole answer', () => {
    const { text } = client;
    const headEnd = text.indexOf('\r\n\r\n');
    const length = /^content-length: (\d+)$/im.exec(text.slice(0, Math.max(0, headEnd)))?.[1];
    return length !== undefined && text.length === headEnd + 4 + Number(length);
  });
  const answer = rawAnswer(client.text);
  client.text = '';
  return answer;
}

const TOKENIZE = '/v1/tokenize';
const REFUSED: readonly (readonly [string, string, FaultCode])[] = [
  [CHAT, JSON.stringify(chat('Hi', { model: 'gpt-9' })), 'model_not_found'],
  [CHAT, JSON.stringify(chat('Hi', { max_tokens: -1 })), 'invalid_request'],
  [CHAT, JSON.stringify(chat(words(2_000))), 'context_length_exceeded'],
  [CHAT, '{"messages":', 'invalid_json'],
  ['/v1/completions', '{"model":"qwq-32b"}', 'invalid_request'],
  [TOKENIZE, '{"model":"qwq-32b","prompt":7}', 'invalid_request'],
  ['/v1/route', JSON.stringify(chat('Hi', { model: 'gpt-9' })), 'model_not_found'],
];

it('answers one refusal after the other on one connection, and then serves it', async () => {
  const client = await RawClient.open(fleet.url);
  for (const [path, body, code] of [...REFUSED, ...REFUSED]) {
    client.send(post(path, body));
    const answer = await next(client);
    expectFault(answer, code);
    expect([path, code, answer.headers.get('connection')]).not.toContain('close');
  }
  client.send(post(CHAT, JSON.stringify(chat())));
  expect((await next(client)).status).toBe(200);
  client.leave();
});

it('reads a refused body that came in pieces, and the request behind it, as they were meant', async () => {
  const client = await RawClient.open(fleet.url);
  const bytes = post(CHAT, JSON.stringify(chat('Hi', { max_tokens: -1 })));
  client.send(bytes.slice(0, -5));
  client.send(bytes.slice(-5) + post(TOKENIZE, '{"model":"qwq-32b","prompt":"Hi"}'));
  await eventually('both answers', () => client.text.includes('"count"'));
  expect(client.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200']);
  client.leave();
});

it('serves as many pipelined requests as its bound, refuses the next, and looks at none behind it', async () => {
  const before = fleet.asked().length;
  const burst = post(CHAT, JSON.stringify(chat('Hi', { max_tokens: 1 }))).repeat(1_000);
  const text = await RawClient.exchange(fleet.url, burst);
  const served = 1 + WAITING;
  const statuses = text.match(/HTTP\/1\.1 \d+/g) ?? [];
  expect(statuses).toEqual([...Array(served).fill('HTTP/1.1 200'), 'HTTP/1.1 400']);
  expect(text).toContain('More than 64 requests wait for their answers on this connection.');
  expect(fleet.asked()).toHaveLength(before + served);
  await fleet.idle();
});

it('sees a client leave that was too far ahead, whatever of its bodies nobody wants', async () => {
  fleet.sim('default').inflict({ kind: 'freeze' });
  const client = await RawClient.open(fleet.url);
  const large = JSON.stringify(chat('Hi', { metadata: { padding: 'x'.repeat(200_000) } }));
  client.send(post(CHAT, JSON.stringify(chat())).repeat(2 + WAITING) + post(CHAT, large).repeat(5));
  await eventually('the worker is asked', () => fleet.asked().some(({ outcome }) => outcome === 'open'));
  client.leave();
  await fleet.idle();
  fleet.sim('default').heal();
});

it('serves a client that keeps a few requests ahead of their answers for as long as it likes', async () => {
  const client = await RawClient.open(fleet.url);
  const pair = post(TOKENIZE, '{"model":"qwq-32b","prompt":"Hi"}').repeat(2);
  for (let answers = 2; answers <= 2 * WAITING; answers += 2) {
    client.send(pair);
    await eventually(`${answers} answers`, () => client.text.match(/"count"/g)?.length === answers);
  }
  expect(client.text).not.toContain('HTTP/1.1 400');
  client.leave();
});

describe('closes the connection of a body it will not read:', () => {
  it.each([
    ['too large', CHAT, { length: MAX_BYTES + 1 }, 'body_too_large'],
    ["a stranger's", CHAT, { key: 'rw_live_nobody', length: 100 }, 'invalid_api_key'],
    ["a stranger's, to tokenize", TOKENIZE, { key: 'rw_live_nobody', length: 100 }, 'invalid_api_key'],
  ] as const)('%s', async (_what, path, terms, code) => {
    const client = await RawClient.open(fleet.url);
    client.send(post(path, '{', terms));
    await within('the gateway closes', client.closed);
    const answer = rawAnswer(client.text);
    expectFault(answer, code);
    expect(answer.headers.get('connection')).toBe('close');
  });
});
