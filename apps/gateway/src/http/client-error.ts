// What is not HTTP/1.1 as RFC 9112 has it never becomes a request: bad framing, both content-length and
// transfer-encoding, headers over the limit, headers that never end. It is answered on the bare socket and closed.
import type { Socket } from 'node:net';
import { Fault, type FaultCode } from '#protocol';
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

export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const fault = new Fault(CODES[error.code ?? ''] ?? 'bad_http');
  const body = JSON.stringify(fault.toBody());
  const head = [
    `HTTP/1.1 ${fault.status} ${REASONS[fault.status] ?? 'Bad Request'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...Object.entries(faultHeaders(fault)).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
