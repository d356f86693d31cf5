// One streamed chat as a client sends it through the Service: on a connection of its own, and again when nobody was there
// to take it. What has begun to be answered is never sent again.
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chat } from '../day/chats.ts';
import type { GatewayRun } from './gateway-run.ts';
import type { Ending, Outcome, SentAgain } from './outcome.ts';
import type { Service } from './service.ts';
import { StreamReader } from './stream-reader.ts';

const PAUSE_MS = 100;
/** Then whoever is there has had a chance to be found. */
const MOST_TRIES = 100;

interface AskTerms {
  readonly service: Service;
  readonly key: string;
  readonly chat: Chat;
  readonly need: string;
}

type Try = { readonly again: SentAgain } | Omit<Outcome, 'need' | 'sentMs' | 'endedMs' | 'sentAgain'>;

/** Never rejects. */
export async function ask({ service, key, chat, need }: AskTerms): Promise<Outcome> {
  const sentMs = performance.now();
  const sentAgain: SentAgain[] = [];
  for (;;) {
    const run = service.next();
    const tried = run === null ? NOBODY : await tryOnce(run, key, chat, sentMs);
    if (!('again' in tried)) return { need, sentMs, endedMs: performance.now(), sentAgain, ...tried };
    if (sentAgain.length === MOST_TRIES) {
      const ending = { kind: 'failed', cause: tried.again } as const;
      const nothing = { pool: null, firstTokenMs: null, isCold: false };
      return { need, sentMs, endedMs: performance.now(), sentAgain, ...nothing, ending };
    }
    sentAgain.push(tried.again);
    await sleep(PAUSE_MS);
  }
}

const NOBODY: Try = { again: 'no gateway ready' };

async function tryOnce(run: GatewayRun, key: string, chat: Chat, sentMs: number): Promise<Try> {
  let response: IncomingMessage;
  try {
    response = await send(run.origin, key, chat);
  } catch (error) {
    if (codeOf(error) === 'ECONNREFUSED') return { again: 'connection refused' };
    return { pool: null, firstTokenMs: null, isCold: false, ending: brokenOff(run, codeOf(error)) };
  }
  const { headers, statusCode = 0 } = response;
  const pool = textOf(headers['x-ropeway-pool']);
  const isCold = headers['x-ropeway-estimated-wait'] !== undefined;
  if (statusCode !== 200) {
    const cause = await faultOf(response, statusCode);
    if (cause === 'gateway_draining') return { again: 'gateway draining' };
    return { pool, firstTokenMs: null, isCold, ending: { kind: 'failed', cause } };
  }
  const reader = new StreamReader();
  let firstTokenMs: number | null = null;
  let ending: Ending;
  try {
    for await (const text of response.setEncoding('utf8') as AsyncIterable<string>)
      if (reader.take(text)) firstTokenMs = performance.now() - sentMs;
    ending = endingOf(reader, run);
  } catch (error) {
    ending = brokenOff(run, codeOf(error));
  }
  return { pool, firstTokenMs, isCold, ending };
}

function send(origin: string, key: string, { content, maxTokens }: Chat): Promise<IncomingMessage> {
  const body = JSON.stringify({
    model: 'qwq-32b',
    stream: true,
    max_tokens: maxTokens,
    messages: [{ role: 'user', content }],
  });
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    asked.on('error', reject).on('response', resolve).end(body);
  });
}

async function faultOf(response: IncomingMessage, status: number): Promise<string> {
  try {
    let text = '';
    for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
    const answer = JSON.parse(text) as { readonly error?: { readonly code?: unknown } };
    return typeof answer.error?.code === 'string' ? answer.error.code : `status ${status}`;
  } catch {
    return `status ${status}`;
  }
}

function endingOf({ end }: StreamReader, run: GatewayRun): Ending {
  if (end === null) return { kind: 'answered' };
  return end === 'cut' ? brokenOff(run, end) : { kind: 'failed', cause: end };
}

/** A killed process resets its connections before anybody can know that it is gone. */
function brokenOff(run: GatewayRun, cause: string): Ending {
  return run.isKilled ? { kind: 'cut-by-kill' } : { kind: 'failed', cause };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : String(error);
}

function textOf(header: string | readonly string[] | undefined): string | null {
  return typeof header === 'string' ? header : null;
}
