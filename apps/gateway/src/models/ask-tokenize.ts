// One `/tokenize` of a worker, for models whose workers count: the least loaded that is ready, else the next one.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Fault } from '#protocol';
import type { Fleet, WorkerEndpoint } from '#workers';
import type { ServedModel } from './served-model.ts';

/** vLLM took 12 s for a text of 8 MB (observed). */
const TIMEOUT_MS = 30_000;

export interface AskingWorkers {
  readonly model: ServedModel;
  readonly fleet: Fleet;
  readonly signal: AbortSignal;
}

/**
 * What `read` makes of the answer. A Fault it throws is the caller's; anything else it throws sends us to the next worker.
 * Rejects with the worker's refusal as `invalid_request`, or with `counting_failed` when no worker answers.
 */
export async function askTokenize<T>(
  body: string,
  asking: AskingWorkers,
  read: (answer: unknown) => T,
): Promise<T> {
  const { model, fleet } = asking;
  const signal = AbortSignal.any([asking.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const ready = fleet
    .snapshot()
    .pools.filter((pool) => pool.model === model.id)
    .flatMap((pool) => pool.workers);
  for (const worker of ready
    .filter(({ state }) => state === 'ready')
    .sort((a, b) => a.load.requests - b.load.requests)) {
    const lease = fleet.lease(worker.id, {
      promptTokens: 0,
      uncachedTokens: 0,
      demandTokens: 0,
      chain: null,
    });
    if (!lease) continue;
    try {
      const answer = await post(lease.endpoint, body, signal);
      if (answer.status === 200) return read(JSON.parse(answer.text));
      if (answer.status === 400)
        throw new Fault('invalid_request', {
          message: `The worker cannot read the prompt: ${answer.text.slice(0, 500)}`,
        });
    } catch (error) {
      if (error instanceof Fault) throw error;
      if (signal.aborted) throw gaveUp(signal.reason);
      // This worker did not answer: the next one may.
    } finally {
      lease.release('cancelled');
    }
  }
  throw new Fault('counting_failed', { retryAfterMs: 1000 });
}

/** The client left (its reason is a Fault), or our own time is up. */
function gaveUp(reason: unknown): Fault {
  return reason instanceof Fault
    ? reason
    : new Fault('counting_failed', { cause: reason, retryAfterMs: 1000 });
}

function post(
  endpoint: WorkerEndpoint,
  body: string,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(endpoint.apiKey ? { authorization: `Bearer ${endpoint.apiKey}` } : {}),
    };
    const options = {
      host: endpoint.host,
      port: endpoint.port,
      path: '/tokenize',
      method: 'POST',
      headers,
      signal,
      // A connection each: a kept one may be closed by vLLM (after 5 s idle) just as we use it.
      agent: false,
    };
    const sent = endpoint.tls
      ? httpsRequest({ ...options, ...(endpoint.tls.ca ? { ca: endpoint.tls.ca } : {}) })
      : httpRequest(options);
    sent.once('error', reject).once('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') }),
      );
    });
    sent.end(body);
  });
}
