// The bytes of one request to a worker. Only our own headers go (R7): the client's never pass through here.
import { Fault } from '#protocol';
import type { WorkerEndpoint } from '#workers';
import type { LegRequest } from './leg.ts';

/** Up to here head and body are copied into one buffer, one write; beyond, the body's own buffers are written. */
const JOIN_BYTES = 64 * 1024;

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const VALUE = /^[\t\x20-\x7e]*$/;
/** Set here; a second copy would be a second meaning. */
const OWN = new Set(['host', 'content-type', 'content-length', 'transfer-encoding', 'connection', 'accept']);

export function encodeRequest(endpoint: WorkerEndpoint, request: LegRequest): readonly Buffer[] {
  let bodyBytes = 0;
  for (const part of request.body) bodyBytes += part.length;
  const head = encodeHead(endpoint, request, bodyBytes);
  if (head.length + bodyBytes > JOIN_BYTES) return [Buffer.from(head, 'latin1'), ...request.body];
  const whole = Buffer.allocUnsafe(head.length + bodyBytes);
  let at = whole.write(head, 0, 'latin1');
  for (const part of request.body) at += part.copy(whole, at);
  return [whole];
}

function encodeHead(endpoint: WorkerEndpoint, request: LegRequest, bodyBytes: number): string {
  let head =
    `POST ${request.path} HTTP/1.1\r\nhost: ${endpoint.host}:${endpoint.port}\r\n` +
    `content-type: application/json\r\ncontent-length: ${bodyBytes}\r\n` +
    header('x-request-id', request.requestId);
  if (endpoint.apiKey !== null) head += header('authorization', `Bearer ${endpoint.apiKey}`);
  for (const name in request.headers) if (!OWN.has(name)) head += header(name, request.headers[name] ?? '');
  return head + '\r\n';
}

/** A line break in a value would start a header, or a request, of its own. */
function header(name: string, value: string): string {
  if (!NAME.test(name) || !VALUE.test(value))
    throw new Fault('internal_error', { cause: `header ${name} to a worker has forbidden characters` });
  return `${name}: ${value}\r\n`;
}
