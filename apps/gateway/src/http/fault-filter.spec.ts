// What a request that no route takes is told, over real HTTP: the shape, the status and the method that is taken.
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import Fastify from 'fastify';
import { refuseUnrouted } from './fault-filter.ts';

let server: Server;
beforeAll(async () => {
  const app = Fastify({
    serverFactory: (listener) => {
      server = createServer((req, res) => listener(req, res));
      return server;
    },
  });
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setNotFoundHandler((req, reply) => {
    reply.hijack();
    refuseUnrouted(req, reply.raw);
  });
  await app.ready();
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function answerTo(method: string, path: string, headers: Record<string, string> = {}) {
  const { port } = server.address() as AddressInfo;
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { ...headers, connection: 'close' },
  });
  sent.end();
  const [answer] = await once(sent, 'response');
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece);
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: JSON.parse(Buffer.concat(pieces).toString()),
  };
}

it.each([
  ['GET', '/v1/chat/completions', 'POST'],
  ['DELETE', '/compatible-mode/v1/tokenize', 'POST'],
  ['POST', '/v1/models', 'GET'],
  ['PUT', '/v1/models/Qwen/QwQ-32B?x=1', 'GET'],
])('names the one method when %s %s is asked', async (method, path, allow) => {
  const answer = await answerTo(method, path);
  expect(answer).toMatchObject({ status: 405, headers: { allow } });
  expect(answer.body.error).toMatchObject({ code: 'method_not_allowed', type: 'invalid_request_error' });
});

it.each(['/', '/v1', '/v1/chat', '/v1/completions/', '/v2/models', '/v1/models/'])(
  'says that %s is unknown',
  async (path) => {
    const answer = await answerTo('GET', path);
    expect([answer.status, answer.body.error.code]).toEqual([404, 'not_found']);
  },
);

it('repeats no more than a piece of a long path, and no query', async () => {
  const { body } = await answerTo('GET', `/${'a'.repeat(4_000)}?secret=1`);
  expect(body.error.message.length).toBeLessThan(400);
  expect(body.error.message).not.toContain('secret');
});

it('takes over a sane request id and makes one otherwise', async () => {
  expect((await answerTo('GET', '/x', { 'x-request-id': 'r1' })).headers['x-request-id']).toBe('r1');
  expect((await answerTo('GET', '/x', { 'x-request-id': 'a b' })).headers['x-request-id']).toMatch(/^req-/);
});
