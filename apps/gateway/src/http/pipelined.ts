// Requests that are sent before the answers to those before them have come (RFC 9112 section 9.3.2). All would begin at
// once, and twenty thousand in one burst kept every other client waiting for most of a second: past a bound a connection
// is told so in its turn, closed, and what it sent behind that is never looked at.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** On one connection, besides the one that is being answered. Clients that pipeline at all send a handful. */
export const MOST_WAITING = 64;

export class Pipelined {
  readonly #waiting = new WeakMap<Socket, number>();
  readonly #closing = new WeakSet<Socket>();

  /** `refuse`, once a connection: with an answer that closes it. `ignore`: it gets no answer. */
  judge({ socket }: IncomingMessage, res: ServerResponse): 'serve' | 'refuse' | 'ignore' {
    // Node gives an answer its socket when those before it are out; so whoever does not pipeline pays one comparison.
    if (res.socket !== null) return 'serve';
    if (this.#closing.has(socket)) return 'ignore';
    if (this.#count(socket) >= MOST_WAITING) {
      this.#closing.add(socket);
      return 'refuse';
    }
    this.#waiting.set(socket, this.#count(socket) + 1);
    res.once('close', () => this.#waiting.set(socket, this.#count(socket) - 1));
    return 'serve';
  }

  #count(socket: Socket): number {
    return this.#waiting.get(socket) ?? 0;
  }
}
