// Ids of answers: the client's X-Request-Id where there is one, else 16 hex digits, as vLLM makes them (its Rust front end: 8).
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { VllmSimSettings } from '../options.ts';
import { type Fields, text } from './fields.ts';

export function requestId(req: IncomingMessage, fields: Fields, { frontEnd }: VllmSimSettings): string {
  const sent = req.headers['x-request-id'];
  if (typeof sent === 'string' && sent !== '') return sent;
  return text(fields, 'request_id') ?? randomBytes(frontEnd === 'rust' ? 4 : 8).toString('hex');
}

export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}
