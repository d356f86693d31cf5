// Ids of answers: the client's X-Request-Id where there is one, else 16 hex digits, as vLLM makes them.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export function requestId(req: IncomingMessage): string {
  const sent = req.headers['x-request-id'];
  return typeof sent === 'string' && sent !== '' ? sent : randomBytes(8).toString('hex');
}

export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}
