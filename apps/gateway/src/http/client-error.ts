// What is not HTTP/1.1 as RFC 9112 has it never becomes a request: bad framing, both content-length and
// transfer-encoding, headers over the limit, headers that never end. It is answered on the bare socket and closed.
import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Fault, type FaultCode } from '#protocol';
import { newRequestId } from './request-id.ts';
import { faultHeaders } from './send-json.ts';

const CODES: Readonly<Record<string, FaultCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'body_timeout',
};
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

const HTTP_2 =
  'This port speaks HTTP/1.1 and not HTTP/2 without TLS; leave HTTP/2 to the proxy in front of it.';
/** How a client begins that takes HTTP/2 for granted (RFC 9113 section 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0');

type ParserError = Error & { readonly code?: string; readonly rawPacket?: unknown };

export function answerClientError(error: ParserError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const code = CODES[error.code ?? ''] ?? 'bad_http';
  // Only headers have Node's deadline; bodies have ours (read-body.ts).
  const late = { message: 'The request headers did not arrive in time.' };
  const other = isHttp2(error) ? { message: HTTP_2 } : {};
  const fault = new Fault(code, code === 'body_timeout' ? late : other);
  const body = JSON.stringify(fault.toBody());
  const head = [
    `HTTP/1.1 ${fault.status} ${REASONS[fault.status] ?? 'Bad Request'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    `x-request-id: ${newRequestId()}`,
    ...Object.entries(faultHeaders(fault)).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/**
 * Junk behind a request whose answer has begun: what we wrote would stand in the middle of that answer. Node's own
 * handler tells it by the same field (lib/_http_server.js, socketOnError).
 */
function isAnswering(socket: Socket): boolean {
  const message: unknown = Reflect.get(socket, '_httpMessage');
  return message instanceof ServerResponse && message.headersSent;
}

function isHttp2({ rawPacket }: ParserError): boolean {
  return Buffer.isBuffer(rawPacket) && rawPacket.subarray(0, PREFACE.length).equals(PREFACE);
}
