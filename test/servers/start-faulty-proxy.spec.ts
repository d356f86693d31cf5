import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { askRedis } from './ask-redis.ts';
import { type FaultyProxy, startFaultyProxy } from './start-faulty-proxy.ts';
import { startRedis, type TestRedis } from './start-redis.ts';

/** Far longer than a reply takes that is to come; what never comes is not waited for longer. */
const SILENT_MS = 300;

/** A connection that keeps what it hears. */
class Client {
  readonly socket: Socket;
  heard = '';
  readonly closed: Promise<unknown>;

  constructor(port: number) {
    this.socket = createConnection({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk) => {
      this.heard += chunk.toString();
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
  }

  async hears(text: string): Promise<void> {
    while (!this.heard.includes(text)) await sleep(5);
  }
}

describe('startFaultyProxy', () => {
  let redis: TestRedis;
  let proxy: FaultyProxy;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    proxy = await startFaultyProxy(redis.url);
  });
  afterEach(() => proxy.stop());

  it('has the URL of its server, but for the port', () => {
    expect(proxy.url).toBe(`redis://127.0.0.1:${proxy.port}`);
  });

  it('passes both ways', async () => {
    expect(await askRedis(proxy.port, 'PING')).toBe('PONG');
  });

  it('passes more than a socket buffers', async () => {
    const client = new Client(proxy.port);
    client.socket.write(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$4000000\r\n${'x'.repeat(4_000_000)}\r\n`);
    await client.hears('+OK');
    client.socket.write('GET big\r\n');
    await client.hears(`${'x'.repeat(4_000_000)}\r\n`);
    client.socket.destroy();
  });

  it('accepts and says nothing when black-holed, and what was sent never arrives', async () => {
    await proxy.set('blackhole');
    await expect(askRedis(proxy.port, 'SET lost 1', SILENT_MS)).rejects.toThrow('silent');
    await proxy.set('pass');
    expect(await askRedis(proxy.port, 'EXISTS lost')).toBe('0');
  });

  it('black-holes a connection that is open, and cuts it after, since bytes are missing', async () => {
    const client = new Client(proxy.port);
    client.socket.write('PING\r\n');
    await client.hears('PONG');
    await proxy.set('blackhole');
    client.socket.write('SET lost 1\r\n');
    // The order of bytes through one process: a second client's silence shows that the first one's were taken.
    await expect(askRedis(proxy.port, 'PING', SILENT_MS)).rejects.toThrow('silent');
    await proxy.set('pass');
    await client.closed;
    expect(client.heard).toBe('+PONG\r\n');
  });

  it('says nothing of a server that dies behind a black hole', async () => {
    const server = await startRedis();
    const own = await startFaultyProxy(server.url);
    const client = new Client(own.port);
    client.socket.write('PING\r\n');
    await client.hears('PONG');
    await own.set('blackhole');
    await server.stop();
    await expect(askRedis(own.port, 'PING', SILENT_MS)).rejects.toThrow('silent');
    expect(client.socket.destroyed).toBe(false);
    await own.set('pass');
    await client.closed;
    await own.stop();
  });

  it('delivers late what was sent while stalled', async () => {
    const client = new Client(proxy.port);
    client.socket.write('PING\r\n');
    await client.hears('PONG');
    await proxy.set('stall');
    client.socket.write('SET late 1\r\n');
    await expect(askRedis(proxy.port, 'PING', SILENT_MS)).rejects.toThrow('silent');
    expect(await askRedis(redis.port, 'EXISTS late')).toBe('0');
    await proxy.set('pass');
    await client.hears('+OK');
    expect(await askRedis(redis.port, 'EXISTS late')).toBe('1');
    client.socket.destroy();
  });

  it('refuses new connections, resets open ones, and is back on the same port', async () => {
    const client = new Client(proxy.port);
    client.socket.write('PING\r\n');
    await client.hears('PONG');
    await proxy.set('refuse');
    await client.closed;
    await expect(askRedis(proxy.port, 'PING')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.set('pass');
    expect(await askRedis(proxy.port, 'PING')).toBe('PONG');
  });

  it('delays each direction by what was asked, in order', async () => {
    await proxy.set({ kind: 'delay', toServerMs: 30, toClientMs: 30 });
    const client = new Client(proxy.port);
    const begun = performance.now();
    client.socket.write('ECHO one\r\n');
    await client.hears('one');
    const tookMs = performance.now() - begun;
    client.socket.write('ECHO two\r\n');
    await proxy.set('pass');
    client.socket.write('ECHO three\r\n');
    await client.hears('three');
    // A lower bound only: timers may be late, never early (but for a rounded millisecond each).
    expect(tookMs).toBeGreaterThan(57);
    expect(client.heard.indexOf('two')).toBeLessThan(client.heard.indexOf('three'));
    client.socket.destroy();
  });

  it('passes on that the server is gone', async () => {
    const server = await startRedis();
    const own = await startFaultyProxy(server.url);
    const client = new Client(own.port);
    client.socket.write('PING\r\n');
    await client.hears('PONG');
    await server.kill9();
    await client.closed;
    await expect(askRedis(own.port, 'PING')).rejects.toThrow();
    await server.restart();
    expect(await askRedis(own.port, 'PING')).toBe('PONG');
    await own.stop();
    await server.stop();
  });
});
