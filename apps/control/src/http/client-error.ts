// What is not HTTP/1.1, or has too large headers, never becomes a request: it is answered on the bare socket and closed.
import type { Socket } from 'node:net';
import { PROBLEM_TYPE, PROBLEMS, Problem, type ProblemCode } from './problem.ts';

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
};

export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
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
