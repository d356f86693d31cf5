import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { holdThisTurn, writeThisTurn } from './turn-end.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('writes at once what comes first in a turn, and the rest at its end, in order', async () => {
  await turn();
  const written: number[] = [];
  for (const number of [1, 2, 3]) writeThisTurn(() => void written.push(number));
  expect(written).toEqual([1]);
  await turn();
  expect(written).toEqual([1, 2, 3]);
  writeThisTurn(() => void written.push(4));
  expect(written).toEqual([1, 2, 3, 4]);
});

it('holds a socket no longer than the turn', async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const sockets: Socket[] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  await turn();
  for (const socket of sockets) {
    holdThisTurn(socket);
    holdThisTurn(socket);
    socket.write('a');
    socket.write('b');
  }
  // The first of the turn is not held unless it writes again in it.
  expect(sockets[1]?.writableCorked).toBe(1);
  const echoes = await Promise.all(sockets.map((socket) => once(socket, 'data')));
  expect(echoes.map(([bytes]) => String(bytes))).toEqual(['ab', 'ab']);
  expect(sockets.map((socket) => socket.writableCorked)).toEqual([0, 0]);
  for (const socket of sockets) socket.destroy();
  server.close();
});
