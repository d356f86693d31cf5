// One question to a worker over HTTP, with a deadline and an abort. Not the hot path: requests of clients go through
// the relay's own sockets.
import {
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { Clock } from './clock.ts';
import type { Validity, WorkerEndpoint } from './fleet.ts';

export interface WorkerQuestion {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  readonly timeoutMs: number;
  /** On a connection of its own: the only way to see that the port refuses while old connections stay open and silent. */
  readonly isFresh?: boolean;
}

export type WorkerReply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: Buffer;
      /** Of the certificate shown on this very connection; null without TLS, and on one that goes on from an earlier one. */
      readonly certificate: Validity | null;
    }
  /** Nobody listens on the port. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It heard nothing: this process could open no connection, which says nothing of the worker. */
  | { readonly kind: 'unasked'; readonly why: string }
  /** No conclusion: a time-out, a reset, a name that does not resolve, a TLS failure. */
  | { readonly kind: 'unanswered'; readonly why: string };

/** A reply in words, for reasons people read. */
export function describeReply(reply: WorkerReply): string {
  return reply.kind === 'answered' ? `answers with status ${reply.status}` : reply.why;
}

/** vLLM's largest answers here are metrics pages of up to 300 KB. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** Below vLLM's keep-alive of 5 s (VLLM_HTTP_TIMEOUT_KEEP_ALIVE), so that we drop an idle socket before it does. */
const KEEP_ALIVE_MS = 4_000;

export class WorkerAsker {
  readonly #clock: Clock;
  readonly #http = new HttpAgent({ keepAlive: true, timeout: KEEP_ALIVE_MS });
  readonly #https = new HttpsAgent({ keepAlive: true, timeout: KEEP_ALIVE_MS });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Never rejects. Once the signal aborts the reply is `unanswered`. */
  async ask(endpoint: WorkerEndpoint, question: WorkerQuestion, signal: AbortSignal): Promise<WorkerReply> {
    try {
      const first = await this.#attempt(endpoint, question, signal);
      if (first.kind !== 'stale') return first;
      // The worker closed an idle connection just as we used it: that says nothing, so ask again on a new one.
      const second = await this.#attempt(endpoint, { ...question, isFresh: true }, signal);
      return second.kind === 'stale' ? { kind: 'unanswered', why: second.why } : second;
    } catch (error) {
      // What cannot even be sent: a key with a character no header may have, a certificate authority that is none.
      return { kind: 'unanswered', why: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Closes the idle sockets; questions under way end with their signals. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #attempt(
    endpoint: WorkerEndpoint,
    question: WorkerQuestion,
    signal: AbortSignal,
  ): Promise<WorkerReply | StaleConnection> {
    const { promise, resolve } = Promise.withResolvers<WorkerReply | StaleConnection>();
    if (signal.aborted) return Promise.resolve({ kind: 'unanswered', why: 'cancelled' });
    const request = (endpoint.tls === null ? requestHttp : requestHttps)(
      this.#optionsFor(endpoint, question),
    );
    const settle = (reply: WorkerReply | StaleConnection) => {
      cancelDeadline();
      signal.removeEventListener('abort', cancel);
      request.destroy();
      resolve(reply);
    };
    const cancel = () => settle({ kind: 'unanswered', why: 'cancelled' });
    const cancelDeadline = this.#clock.after(question.timeoutMs, () =>
      settle({ kind: 'unanswered', why: `no answer within ${question.timeoutMs} ms` }),
    );
    signal.addEventListener('abort', cancel, { once: true });
    request.on('error', (error: NodeJS.ErrnoException) => settle(replyToError(error, request.reusedSocket)));
    request.on('response', (response) =>
      this.#read(response, resolve, settle, () => {
        cancelDeadline();
        signal.removeEventListener('abort', cancel);
      }),
    );
    request.end(question.body);
    return promise;
  }

  #read(
    response: IncomingMessage,
    resolve: (reply: WorkerReply) => void,
    settle: (reply: WorkerReply) => void,
    disarm: () => void,
  ): void {
    const chunks: Buffer[] = [];
    // Now: the socket is the response's no longer once it has ended.
    const certificate = validityOf(response);
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > MAX_ANSWER_BYTES) settle({ kind: 'unanswered', why: 'the answer is too large' });
    });
    response.on('error', (error) => settle({ kind: 'unanswered', why: error.message }));
    // Ended whole: the socket goes back to the agent, so the request is not destroyed.
    response.on('end', () => {
      disarm();
      const body = Buffer.concat(chunks, bytes);
      resolve({ kind: 'answered', status: response.statusCode ?? 0, body, certificate });
    });
  }

  #optionsFor(endpoint: WorkerEndpoint, question: WorkerQuestion): RequestOptions & { ca?: string } {
    const agent = endpoint.tls === null ? this.#http : this.#https;
    const ca = endpoint.tls?.ca ?? null;
    return {
      host: endpoint.host,
      port: endpoint.port,
      method: question.method,
      path: question.path,
      agent: question.isFresh === true ? false : agent,
      headers: headersFor(endpoint, question),
      ...(ca === null ? {} : { ca }),
    };
  }
}

function validityOf({ socket }: IncomingMessage): Validity | null {
  const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (shown === undefined) return null;
  return { notBeforeMs: shown.validFromDate.getTime(), notAfterMs: shown.validToDate.getTime() };
}

const OUT_OF_DESCRIPTORS =
  'the gateway has no file descriptor left; raise its limit (ulimit -n, LimitNOFILE)';

interface StaleConnection {
  readonly kind: 'stale';
  readonly why: string;
}

function headersFor(endpoint: WorkerEndpoint, question: WorkerQuestion): Record<string, string> {
  const headers: Record<string, string> = { accept: '*/*' };
  if (endpoint.apiKey !== null) headers.authorization = `Bearer ${endpoint.apiKey}`;
  if (question.body !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = String(Buffer.byteLength(question.body));
  }
  return headers;
}

function replyToError(error: NodeJS.ErrnoException, wasReused: boolean): WorkerReply | StaleConnection {
  if (error.code === 'ECONNREFUSED') return { kind: 'refused', why: 'connection refused' };
  if (error.code === 'EMFILE' || error.code === 'ENFILE') return { kind: 'unasked', why: OUT_OF_DESCRIPTORS };
  const why = error.code === undefined ? error.message : `${error.code}: ${error.message}`;
  return wasReused ? { kind: 'stale', why } : { kind: 'unanswered', why };
}
