// Requests that are sent before the answers to those before them have come (RFC 9112 section 9.3.2). All would begin at
// once, and twenty thousand in one burst kept every other client waiting for half a second: past a bound a connection
// is told so in its turn, closed, and what it sent behind that is never looked at.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '#protocol';

/** On one connection, besides the one that is being answered. Clients that pipeline at all send a handful. */
const MOST_WAITING = 64;
const TOO_MANY = `More than ${MOST_WAITING} requests wait for their answers on this connection. Send the next after an answer, or on another connection.`;

export class Pipelined {
  readonly #waiting = new WeakMap<Socket, number>();
  readonly #closing = new WeakSet<Socket>();

  /** null: it is served. A Fault, once a connection: its answer has to close it. `ignore`: it gets no answer. */
  judge(req: IncomingMessage, res: ServerResponse): Fault | 'ignore' | null {
    // Node gives an answer its socket when those before it are out; so whoever does not pipeline pays one comparison.
    if (res.socket !== null) return null;
    const { socket } = req;
    const isClosing = this.#closing.has(socket);
    if (isClosing || this.#count(socket) >= MOST_WAITING) {
      this.#closing.add(socket);
      // Its body is read all the same, or the connection would stand still, and nobody would see the client leave.
      req.resume();
      return isClosing ? 'ignore' : new Fault('bad_http', { message: TOO_MANY });
    }
    this.#waiting.set(socket, this.#count(socket) + 1);
    res.once('close', () => this.#waiting.set(socket, this.#count(socket) - 1));
    return null;
  }

  #count(socket: Socket): number {
    return this.#waiting.get(socket) ?? 0;
  }
}
