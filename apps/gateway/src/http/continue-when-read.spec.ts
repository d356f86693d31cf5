import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from '@jest/globals';
import { BodyBytes } from './body-bytes.ts';
import { continueWhenRead } from './continue-when-read.ts';
import { readBody } from './read-body.ts';

const HEAD =
  'POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n';

/** What comes back to a client that sends its body only when told to go on. */
async function answerTo(serve: RequestListener): Promise<string> {
  const server = createServer();
  server.on('checkContinue', (req, res) => {
    continueWhenRead(req, res);
    serve(req, res);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  let text = '';
  client.on('data', (more: string) => {
    text += more;
    if (text === 'HTTP/1.1 100 Continue\r\n\r\n') client.write('hello');
  });
  client.write(HEAD);
  await once(client, 'close');
  server.close();
  return text;
}

it('tells the client to go on when its body is read', async () => {
  const text = await answerTo(async (req, res) => {
    const body = await readBody(req, { maxBodyBytes: 10, bodyTimeoutMs: 60_000 }, new BodyBytes(10));
    res.end(body.bytes);
  });
  expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  expect(text).toContain('hello');
});

it('says nothing but the refusal when the body is not wanted', async () => {
  const text = await answerTo((_, res) => res.writeHead(401).end());
  expect(text).toMatch(/^HTTP\/1\.1 401 /);
  expect(text).not.toContain('100 Continue');
});
