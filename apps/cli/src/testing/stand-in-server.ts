// A tiny HTTP server for what a real one does too seldom: broken connections, odd answers, and a look at what was asked.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface StandInServer {
  readonly url: string;
  /** Oldest first. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** `answer` writes the whole answer, or destroys the socket. */
export async function standInServer(
  answer: (asked: Asked, res: ServerResponse) => void,
): Promise<StandInServer> {
  const asked: Asked[] = [];
  const server = createServer(async (req, res) => {
    const one = { method: req.method ?? '', url: req.url ?? '', headers: req.headers, body: await text(req) };
    asked.push(one);
    answer(one, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function sendJson(res: ServerResponse, status: number, value: unknown): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  res.writeHead(status, { 'content-type': type }).end(JSON.stringify(value));
}
