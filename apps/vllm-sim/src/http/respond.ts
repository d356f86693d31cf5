// Answers with the headers each front end sends: no `connection` or `keep-alive`; from uvicorn its name, and `vary: Origin`
// on everything but a 401.
import type { ServerResponse } from 'node:http';
import { rustAnswer } from '../rust/rust-answer.ts';

/** Answers of the Rust front end, which is not uvicorn. */
const rustAnswers = new WeakSet<ServerResponse>();

/** To be called before anything is answered. */
export function answerAsRust(res: ServerResponse): void {
  rustAnswers.add(res);
}

export function respond(
  res: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): void {
  if (res.headersSent || res.destroyed) return;
  res.removeHeader('connection');
  const length = { 'content-length': Buffer.byteLength(body) };
  const own = rustAnswers.has(res) ? {} : { server: 'uvicorn', vary: 'Origin' };
  res.writeHead(status, { ...own, ...length, ...headers });
  res.end(body);
}

export function respondJson(
  res: ServerResponse,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  respond(res, 200, rustAnswers.has(res) ? rustAnswer(value) : JSON.stringify(value), {
    'content-type': 'application/json',
    ...headers,
  });
}

/** Sends the head of an event stream; the body follows in writes. */
export function openStream(res: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  if (res.headersSent) return;
  res.removeHeader('connection');
  const own = rustAnswers.has(res)
    ? { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }
    : { server: 'uvicorn', 'content-type': 'text/event-stream; charset=utf-8', vary: 'Origin' };
  res.writeHead(200, { ...own, ...headers });
}
