// What is not HTTP/1.1, or has too large headers, never becomes a request: it is answered on the bare socket and closed.
import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_TYPE, PROBLEMS, Problem, type ProblemCode } from './problem.ts';

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
};

export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const problem = new Problem(
    CODES[error.code ?? ''] ?? 'bad_request',
    'This is not an HTTP request as it has to be.',
  );
  const body = JSON.stringify(problem.toBody(''));
  const head = [
    `HTTP/1.1 ${problem.status} ${PROBLEMS[problem.code].title}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
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
