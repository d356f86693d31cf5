// A worker whose every byte the spec decides: a TCP server that hands each request to a script.
import { createServer, type Server, type Socket } from 'node:net';
import type { WorkerEndpoint } from '#workers';

export interface Asked {
  /** Request line and headers, lower-cased names untouched. */
  readonly head: string;
  readonly body: string;
  readonly socket: Socket;
  /** How many requests this connection had carried before. */
  readonly nth: number;
  /** How many requests this worker had seen before. */
  readonly sequence: number;
}

export class ScriptedWorker {
  readonly asked: Asked[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  readonly #server: Server;
  #script: (asked: Asked) => void;

  constructor(script: (asked: Asked) => void) {
    this.#script = script;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(script: (asked: Asked) => void): Promise<ScriptedWorker> {
    const worker = new ScriptedWorker(script);
    await new Promise<void>((resolve) => worker.#server.listen(0, '127.0.0.1', resolve));
    return worker;
  }

  get endpoint(): WorkerEndpoint {
    const address = this.#server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const id = `http://127.0.0.1:${port}`;
    return { id, host: '127.0.0.1', port, tls: null, apiKey: 'worker-key', servedName: 'QwQ-32B' };
  }

  rescript(script: (asked: Asked) => void): void {
    this.#script = script;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    let held = '';
    let nth = 0;
    socket.on('data', (bytes) => {
      held += bytes.toString('latin1');
      for (;;) {
        const headEnd = held.indexOf('\r\n\r\n');
        if (headEnd < 0) return;
        const head = held.slice(0, headEnd);
        const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
        if (held.length < headEnd + 4 + length) return;
        const body = held.slice(headEnd + 4, headEnd + 4 + length);
        held = held.slice(headEnd + 4 + length);
        const asked = { head, body, socket, nth: nth++, sequence: this.asked.length };
        this.asked.push(asked);
        this.#script(asked);
      }
    });
  }
}

export const SSE_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n';

export function httpChunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

export const LAST_CHUNK = '0\r\n\r\n';

export function whole(status: number, body: string, headers = 'content-type: application/json\r\n'): string {
  return `HTTP/1.1 ${status} X\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export function delta(delta: object, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'QwQ-32B', choices })}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';
