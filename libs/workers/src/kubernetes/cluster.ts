// One question to the API server: authenticated, with a deadline, unpacked. HTTP/1.1 on a connection of its own each
// time: an old connection says nothing about the server's health, and a watch shares none (ADR 12).
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { asFailure, failureOf } from './api-failure.ts';
import type { Access, Credentials } from './credentials.ts';

/** An error's body is read so far; the API server's own sentences are short. */
const MAX_ERROR_BYTES = 64 * 1024;
/** No pause the server asks for is longer than this to us. */
const MAX_RETRY_AFTER_MS = 30_000;

export class Cluster {
  /** Where we look when nothing else is said. */
  readonly namespace: string;
  readonly #credentials: Credentials;

  constructor(credentials: Credentials, namespace: string | null = null) {
    this.#credentials = credentials;
    this.namespace = namespace ?? credentials.namespace ?? 'default';
  }

  /**
   * The body of a 2xx answer. Rejects with an ApiFailure; the signal also ends the body later. A 401 is tried once more at
   * once with whatever the credentials say now: a token that has just been rotated is not an outage.
   */
  async get(path: string, signal: AbortSignal): Promise<Readable> {
    try {
      return await this.#getOnce(path, signal);
    } catch (error) {
      const failure = asFailure(error, 'unreachable');
      // A certificate, an address or a key may be what is stale, so it is read anew after any failure.
      this.#credentials.forget();
      if (failure.kind !== 'unauthorized' || signal.aborted) throw failure;
      return await this.#getOnce(path, signal);
    }
  }

  async #getOnce(path: string, signal: AbortSignal): Promise<Readable> {
    const response = await send(await this.#access(), path, signal);
    const body = unpacked(response);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return body;
    const message = messageOf(await readHead(body, MAX_ERROR_BYTES), response.statusMessage ?? '');
    response.destroy();
    throw failureOf(status, message, retryAfterMs(response));
  }

  async #access(): Promise<Access> {
    try {
      return await this.#credentials.access();
    } catch (error) {
      throw asFailure(error, 'unauthorized');
    }
  }
}

function send(access: Access, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  if (signal.aborted) return Promise.reject(signal.reason);
  const url = new URL(`${access.server}${path}`);
  const request = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, {
    ...access.tls,
    agent: access.agent ?? false,
    headers: {
      ...access.headers,
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': 'ropeway',
    },
  });
  let body: IncomingMessage | null = null;
  const cancel = () => {
    const failure = asFailure(signal.reason, 'broken');
    // First the body: destroyed with its request it would end without our reason.
    body?.destroy(failure);
    request.destroy(failure);
  };
  signal.addEventListener('abort', cancel, { once: true });
  request.on('close', () => signal.removeEventListener('abort', cancel));
  request.on('error', (error) => reject(asFailure(error, 'unreachable')));
  request.on('response', (response) => {
    body = response;
    // Whoever reads it sees its error; until somebody does, nobody may be surprised by it.
    response.on('error', () => {});
    resolve(response);
  });
  request.end();
  return promise;
}

function unpacked(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // The error of either end destroys the other and reaches whoever reads; there is nothing to add to it here.
  return pipeline(response, createGunzip(), () => {});
}

async function readHead(body: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, maxBytes);
}

/** The `message` of a Status object; proxies answer in their own ways. */
function messageOf(body: string, statusMessage: string): string {
  try {
    const status = JSON.parse(body) as { readonly message?: unknown } | null;
    if (typeof status?.message === 'string') return status.message;
  } catch {
    // No JSON: a proxy or a load balancer answered.
  }
  return statusMessage;
}

function retryAfterMs({ headers }: IncomingMessage): number {
  const seconds = Number(headers['retry-after']);
  return seconds > 0 ? Math.min(seconds * 1_000, MAX_RETRY_AFTER_MS) : 0;
}
