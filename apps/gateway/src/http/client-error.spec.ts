import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { answerClientError } from './client-error.ts';

let server: Server;
beforeEach(async () => {
  server = createServer({ maxHeaderSize: 1_000 }, (req, res) => {
    req.resume();
    res.writeHead(200, { 'content-type': 'text/plain' });
    res.write('begun');
    if (req.url === '/whole') res.end();
  });
  server.on('clientError', answerClientError);
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends each part once the text before it has come; resolves with all that came until the connection closed. */
async function talk(...parts: readonly (readonly [after: string, bytes: string])[]): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  let text = '';
  let at = 0;
  const goOn = () => {
    for (let part = parts[at]; part && text.includes(part[0]); part = parts[++at]) socket.write(part[1]);
  };
  socket.on('data', (more: string) => {
    text += more;
    goOn();
  });
  goOn();
  await once(socket, 'close');
  return text;
}

const bodyOf = (text: string) => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));

it('tells a client that takes HTTP/2 for granted what is spoken here', async () => {
  const text = await talk(['', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']);
  expect(text).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  expect(bodyOf(text).error).toMatchObject({
    code: 'bad_http',
    message: expect.stringContaining('not HTTP/2'),
  });
});

it('answers what is not HTTP with 400 in the shape of OpenAI, an id, and closes', async () => {
  const text = await talk(['', 'NOT HTTP AT ALL\r\n\r\n']);
  expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(text).toMatch(/\r\nconnection: close\r\n/);
  expect(text).toMatch(/\r\nx-request-id: req-[0-9a-f]{32}\r\n/);
  expect(bodyOf(text).error).toMatchObject({ code: 'bad_http', type: 'invalid_request_error', param: null });
});

it('answers headers over the limit with 431', async () => {
  const text = await talk(['', `GET /whole HTTP/1.1\r\nhost: a\r\nx-long: ${'a'.repeat(2_000)}\r\n\r\n`]);
  expect(text).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
  expect(bodyOf(text).error.code).toBe('headers_too_large');
});

it('answers content-length and transfer-encoding together with 400', async () => {
  const text = await talk([
    '',
    'POST /whole HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ]);
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
});

it('writes nothing into an answer that has begun', async () => {
  const text = await talk(['', 'GET /open HTTP/1.1\r\nhost: a\r\n\r\n'], ['begun', 'JUNK JUNK\r\n\r\n']);
  expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(text).not.toContain('bad_http');
});

it('still answers junk that follows a whole answer', async () => {
  const text = await talk(['', 'GET /whole HTTP/1.1\r\nhost: a\r\n\r\n'], ['0\r\n\r\n', 'JUNK JUNK\r\n\r\n']);
  expect(text).toContain('bad_http');
});
