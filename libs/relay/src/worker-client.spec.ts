import { createServer as createTlsServer } from 'node:https';
import { afterEach, expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { OPTIONS } from '../spec/front.ts';
import { type Asked, ScriptedWorker, whole } from '../spec/scripted-worker.ts';
import { TLS_CERTIFICATE, TLS_KEY } from '../spec/tls-identity.ts';
import type { LegRequest } from './leg.ts';
import { Pulse } from './pulse.ts';
import type { WorkerCall } from './worker-call.ts';
import { type ClientOptions, WorkerClient } from './worker-client.ts';

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const REQUEST: LegRequest = {
  path: '/v1/completions',
  body: [Buffer.from('{}')],
  requestId: 'r',
  headers: {},
};

async function scene(script: (asked: Asked) => void, options: Partial<ClientOptions> = {}) {
  const worker = await ScriptedWorker.start(script);
  const pulse = new Pulse();
  const client = new WorkerClient({ ...OPTIONS, ...options }, pulse);
  stops.push(
    () => worker.stop(),
    () => client.close(),
  );
  const ask = (request = REQUEST, endpoint = worker.endpoint) => asking(client, endpoint, request);
  return { worker, client, pulse, ask };
}

function asking(client: WorkerClient, endpoint: ScriptedWorker['endpoint'], request = REQUEST) {
  let call: WorkerCall | undefined;
  const result = new Promise<string>((resolve) => {
    let body = '';
    call = client.send(endpoint, request, {
      onHead: (head) => {
        body += `${head.status} `;
      },
      onBody: (bytes, start, end) => {
        body += bytes.toString('latin1', start, end);
      },
      onRead() {},
      onEnd: () => resolve(body),
      onFailure: (failure) => resolve(failure.kind),
    });
  });
  return Object.assign(result, { call });
}

const ok = ({ socket }: Asked) => void socket.write(whole(200, 'ok'));

it('carries requests one after another on one connection, and side by side on two', async () => {
  const { worker, client, ask } = await scene(ok);
  await ask();
  await ask();
  expect([worker.connections, client.sockets]).toEqual([1, 1]);
  await Promise.all([ask(), ask()]);
  expect([worker.connections, client.sockets]).toEqual([2, 2]);
});

it('keeps no more resting connections than allowed', async () => {
  const { client, ask } = await scene(ok, { maxIdleSocketsPerWorker: 1 });
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(['200 ok', '200 ok', '200 ok']);
  expect(client.sockets).toBe(1);
});

it('drops resting connections in time, and then runs no timer', async () => {
  const { worker, client, pulse, ask } = await scene(ok, { keepAliveMs: 1 });
  await ask();
  const [socket] = worker.sockets;
  await new Promise((resolve) => socket?.on('close', resolve));
  while (pulse.size > 0) await new Promise((resolve) => setImmediate(resolve));
  expect([client.sockets, pulse.size]).toEqual([0, 0]);
});

it('replaces a resting connection that the worker had closed, unnoticed, and only once', async () => {
  const { worker, ask } = await scene(({ socket, sequence, nth }) => {
    if (nth === 0 && sequence < 3) ok({ socket } as Asked);
    else socket.resetAndDestroy();
  });
  expect(await ask()).toBe('200 ok');
  // The second request goes out on the first connection, dies there and is sent again on a fresh one.
  expect(await ask()).toBe('200 ok');
  expect(worker.asked.map(({ nth }) => nth)).toEqual([0, 1, 0]);
  // The third dies on the resting connection and on the fresh one: that is the worker's failure.
  expect(await ask()).toBe('cut');
  expect(worker.asked.map(({ nth }) => nth)).toEqual([0, 1, 0, 1, 0]);
});

it('does not send again what a worker held for a while on a resting connection, and then lost', async () => {
  const { worker, ask } = await scene(({ socket, sequence }) => {
    if (sequence === 0) ok({ socket } as Asked);
    // Longer than a connection that was closed at rest takes to say so.
    else setTimeout(() => socket.resetAndDestroy(), 1_100);
  });
  expect(await ask()).toBe('200 ok');
  expect(await ask()).toBe('cut');
  expect(worker.asked).toHaveLength(2);
});

it('says that the request was cut when the worker that lost it on a resting connection takes no other', async () => {
  const { worker, ask } = await scene(({ socket, sequence }) => {
    if (sequence === 0) ok({ socket } as Asked);
    else void worker.stop();
  });
  expect(await ask()).toBe('200 ok');
  expect(await ask()).toBe('cut');
});

it('never sends again what a fresh connection lost, nor what was answered in part', async () => {
  const { worker, ask } = await scene(({ socket, sequence }) => {
    if (sequence === 0) socket.resetAndDestroy();
    else if (sequence === 1) ok({ socket } as Asked);
    else socket.end('HTTP/1.1 2');
  });
  expect(await ask()).toBe('cut');
  expect(await ask()).toBe('200 ok');
  expect(await ask()).toBe('cut');
  expect(worker.asked).toHaveLength(3);
});

it('drops a resting connection that says something unasked', async () => {
  const { worker, client, ask } = await scene(ok);
  await ask();
  const [socket] = worker.sockets;
  const closed = new Promise((resolve) => socket?.on('close', resolve));
  socket?.write(whole(200, 'smuggled'));
  await closed;
  expect(client.sockets).toBe(0);
  expect(await ask()).toBe('200 ok');
});

it('does not reuse a connection whose answer had bytes after its end', async () => {
  const { worker, ask } = await scene(({ socket }) =>
    socket.write(whole(200, 'ok') + whole(200, 'smuggled')),
  );
  expect(await ask()).toBe('200 ok');
  expect(await ask()).toBe('200 ok');
  expect(worker.connections).toBe(2);
});

it('tells refused connections from connections that take too long', async () => {
  const { worker, ask } = await scene(() => {}, { connectTimeoutMs: 1 });
  const { endpoint } = worker;
  // It accepts and never shakes hands, so a TLS connection to it is never made.
  expect(await ask(REQUEST, { ...endpoint, tls: { ca: null } })).toBe('connect-timeout');
  await worker.stop();
  expect(await ask(REQUEST, endpoint)).toBe('connect');
});

it('speaks TLS to a worker whose authority it was given, and to no other', async () => {
  const { client } = await scene(ok);
  const secure = createTlsServer({ cert: TLS_CERTIFICATE, key: TLS_KEY }, (_request, response) =>
    response.end('ok'),
  );
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise<void>((resolve) => void secure.close(() => resolve())));
  const address = secure.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const endpoint = {
    id: 'w',
    host: '127.0.0.1',
    port,
    tls: { ca: TLS_CERTIFICATE },
    apiKey: null,
    servedName: 'm',
  };
  expect(await asking(client, endpoint)).toBe('200 ok');
  expect(await asking(client, endpoint)).toBe('200 ok');
  expect(client.sockets).toBe(1);
  expect(await asking(client, { ...endpoint, port, host: 'localhost' })).toBe('connect');
  client.close();
  const stranger = new WorkerClient(OPTIONS);
  expect(await asking(stranger, { ...endpoint, tls: { ca: null } })).toBe('connect');
  stranger.close();
});

it('closes the connection at once when a call is aborted, and reports nothing', async () => {
  const { worker, client, ask } = await scene(() => {});
  const gone = new Promise((resolve) => worker.rescript(({ socket }) => void socket.on('close', resolve)));
  const asked = ask();
  while (worker.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  asked.call?.abort();
  await gone;
  expect(client.sockets).toBe(0);
});

it('sends a body of megabytes in pieces as it is', async () => {
  const { worker, ask } = await scene(ok);
  const body = [Buffer.alloc(700_000, 'a'), Buffer.alloc(900_000, 'b')];
  expect(await ask({ ...REQUEST, body })).toBe('200 ok');
  expect(worker.asked[0]?.body).toBe(Buffer.concat(body).toString());
});

it('refuses header values that would start a header of their own', async () => {
  const { worker, client } = await scene(ok);
  const send = (requestId: string) => () => asking(client, worker.endpoint, { ...REQUEST, requestId });
  for (const bad of ['a\r\nx: y', 'a\nb', 'a\0', 'é']) {
    let thrown: unknown;
    try {
      client.send(
        worker.endpoint,
        { ...REQUEST, requestId: bad },
        { onHead() {}, onBody() {}, onRead() {}, onEnd() {}, onFailure() {} },
      );
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Fault);
  }
  await send('fine')();
  const head = worker.asked[0]?.head ?? '';
  expect(head).toContain('x-request-id: fine');
  expect(worker.asked).toHaveLength(1);
});
