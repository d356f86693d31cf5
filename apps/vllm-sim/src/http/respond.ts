// Answers with the headers uvicorn sends: no `connection` or `keep-alive`, `vary: Origin` on everything but a 401.
import type { ServerResponse } from 'node:http';

export function respond(
  res: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): void {
  if (res.headersSent || res.destroyed) return;
  res.removeHeader('connection');
  const length = { 'content-length': Buffer.byteLength(body) };
  res.writeHead(status, { server: 'uvicorn', ...length, vary: 'Origin', ...headers });
  res.end(body);
}

export function respondJson(
  res: ServerResponse,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  respond(res, 200, JSON.stringify(value), {
    'content-type': 'application/json',
    ...headers,
  });
}

/** Sends the head of an event stream; the body follows in writes. */
export function openStream(res: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  if (res.headersSent) return;
  res.removeHeader('connection');
  res.writeHead(200, {
    server: 'uvicorn',
    'content-type': 'text/event-stream; charset=utf-8',
    vary: 'Origin',
    ...headers,
  });
}
