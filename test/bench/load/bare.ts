// The base of every ratio: the least a relay in Node can be with a framework in front, Fastify with a hijacked reply and
// undici's `dispatch`. It checks no key, counts nothing, reads nothing of the body and re-frames nothing.
// Run: node test/bench/load/bare.ts PORT WORKER_ORIGIN
import type { ServerResponse } from 'node:http';
import Fastify from 'fastify';
import { type Dispatcher, Pool } from 'undici';

const [port = '0', origin = ''] = process.argv.slice(2);
const BODY_BYTES = 64 * 1024 * 1024;

const worker = new Pool(origin);
const app = Fastify({ logger: false, bodyLimit: BODY_BYTES });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post<{ Body: Buffer }>('/v1/chat/completions', (request, reply) => {
  reply.hijack();
  const headers = { 'content-type': 'application/json' };
  worker.dispatch({ path: request.url, method: 'POST', headers, body: request.body }, new Carrier(reply.raw));
});
await app.listen({ host: '127.0.0.1', port: Number(port) });

/** Writes the worker's answer to the client as it comes, with back-pressure both ways. */
class Carrier implements Dispatcher.DispatchHandler {
  readonly #client: ServerResponse;

  constructor(client: ServerResponse) {
    this.#client = client;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#client.on('drain', () => controller.resume());
    this.#client.on('close', () => {
      if (!this.#client.writableFinished) controller.abort(new Error('the client left'));
    });
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    const { connection: _hop, 'keep-alive': _hint, 'transfer-encoding': _coding, ...passed } = headers;
    this.#client.writeHead(status, passed);
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (!this.#client.write(bytes)) controller.pause();
  }

  onResponseEnd(): void {
    this.#client.end();
  }

  onResponseError(): void {
    this.#client.destroy();
  }
}
