// Writes a whole JSON answer on a raw response. Faults always leave in OpenAI's shape.
import type { ServerResponse } from 'node:http';
import type { Fault } from '#protocol';

type AnswerHeaders = Readonly<Record<string, string | number>>;

export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: AnswerHeaders = {},
): void {
  if (res.headersSent || res.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
  res.end(bytes);
}

/**
 * A refused body may still be coming: then the connection is closed, for what follows on it is not a request. `hasBody`:
 * it was read whole, which node knows only a few ticks later.
 */
export function sendFault(
  res: ServerResponse,
  fault: Fault,
  headers: AnswerHeaders = {},
  hasBody = false,
): void {
  const unread = !hasBody && res.req !== undefined && !res.req.complete;
  sendJson(res, fault.status, fault.toBody(), {
    ...headers,
    ...faultHeaders(fault),
    ...(unread ? { connection: 'close' } : {}),
  });
}

/** Honest waits: whole seconds of at least one in `retry-after`, the exact value beside it (clients differ in which they read). */
export function faultHeaders(fault: Fault): Record<string, string> {
  const headers: Record<string, string> = {};
  if (fault.retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(fault.retryAfterMs / 1000)));
    headers['retry-after-ms'] = String(Math.max(1, Math.ceil(fault.retryAfterMs)));
  }
  return headers;
}
