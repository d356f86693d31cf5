// Prompts of a model without a profile are counted by its workers' own `/tokenize` (`counting: worker`): exact, but a
// round trip for each request, and as slow as the worker's tokenizer. No cache: we cannot render, so we have no key.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type CompletionRequest, Fault } from '#protocol';
import type { Fleet, WorkerEndpoint } from '#workers';
import type { ServedModel } from './served-model.ts';

/** Members of a chat that change its prompt, as vLLM's `/tokenize` names them. */
const CHAT_MEMBERS = [
  'messages',
  'tools',
  'add_generation_prompt',
  'continue_final_message',
  'chat_template_kwargs',
];
/** vLLM took 12 s for a text of 8 MB (observed). */
const TIMEOUT_MS = 30_000;

/** Rejects with the worker's refusal as `invalid_request`, or with `counting_failed` when no worker answers. */
export async function countByWorker(
  request: CompletionRequest,
  model: ServedModel,
  fleet: Fleet,
  signal: AbortSignal,
): Promise<number[]> {
  const bodies = request.kind === 'chat' ? [chatBody(request)] : request.prompts.map(textBody);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  return Promise.all(
    bodies.map((body) => (typeof body === 'number' ? body : countOne(body, model, fleet, deadline))),
  );
}

function chatBody(request: CompletionRequest): string {
  const members = CHAT_MEMBERS.map((member) => [member, request.body.text(member)] as const);
  return `{${members.flatMap(([member, text]) => (text === null ? [] : `"${member}":${text}`)).join(',')}}`;
}

/** Token ids need no counting. `/tokenize` adds special tokens by default, which a completion of these models does not. */
function textBody(prompt: string | readonly number[]): string | number {
  return typeof prompt === 'string' ? JSON.stringify({ prompt }) : prompt.length;
}

async function countOne(
  body: string,
  model: ServedModel,
  fleet: Fleet,
  signal: AbortSignal,
): Promise<number> {
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
      if (answer.status === 200) return countOf(answer.text);
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

function countOf(text: string): number {
  const parsed: unknown = JSON.parse(text);
  const count = typeof parsed === 'object' && parsed !== null && 'count' in parsed ? parsed.count : null;
  if (typeof count !== 'number')
    throw new Fault('counting_failed', { cause: new Error('no count in the answer of /tokenize') });
  return count;
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
