import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { faultHeaders, sendFault, sendJson } from './send-json.ts';

/** What comes back for these bytes, until the connection closes. */
async function answerTo(bytes: string, serve: RequestListener): Promise<string> {
  const server = createServer(serve);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  client.on('data', (more: string) => {
    text += more;
  });
  client.write(bytes);
  await once(client, 'close');
  server.close();
  return text;
}

const GET = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';

it('sends the length in bytes, not in characters', async () => {
  const text = await answerTo(GET, (_, res) => sendJson(res, 200, { name: '你好' }));
  expect(text).toContain('content-length: 17\r\n');
  expect(text).toMatch(/\r\n\r\n\{"name":"你好"\}$/);
});

it('sends nothing twice', async () => {
  const text = await answerTo(GET, (_, res) => {
    sendJson(res, 200, 1);
    sendJson(res, 500, 2);
  });
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

it('answers a fault in the shape of OpenAI, with the headers that were to come', async () => {
  const text = await answerTo(GET, (_, res) =>
    sendFault(res, new Fault('model_not_found', { param: 'model' }), { 'x-request-id': 'r1' }),
  );
  expect(text).toMatch(/^HTTP\/1\.1 404 /);
  expect(text).toContain('x-request-id: r1\r\n');
  expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n'))).error).toMatchObject({
    type: expect.any(String),
    param: 'model',
    code: 'model_not_found',
  });
});

it('closes the connection of a refused body that is still coming', async () => {
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc';
  const text = await answerTo(head, (_, res) => sendFault(res, new Fault('invalid_api_key')));
  expect(text).toMatch(/\r\nconnection: close\r\n/i);
});

it('keeps the connection of a refused body that was read, though node has not said so yet', async () => {
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc';
  const text = await answerTo(head + GET, (req, res) => {
    if (req.method === 'GET') return sendJson(res, 200, 1);
    req.once('data', () => sendFault(res, new Fault('invalid_json'), {}, true));
  });
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200']);
});

it.each([
  [1, '1', '1'],
  [0.2, '1', '1'],
  [1_000, '1', '1000'],
  [1_000.4, '2', '1001'],
  [59_999, '60', '59999'],
])('rounds a wait of %d ms up, to seconds and to milliseconds', (retryAfterMs, seconds, milliseconds) => {
  expect(faultHeaders(new Fault('no_capacity', { retryAfterMs }))).toEqual({
    'retry-after': seconds,
    'retry-after-ms': milliseconds,
  });
});

it('names no wait where none is known', () => {
  expect(faultHeaders(new Fault('invalid_json'))).toEqual({});
});
