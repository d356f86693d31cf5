// Requests through the gateway's front door, and beside it to a worker.
import { type Answered, answered } from '../e2e/harness/ask.ts';

/** Whoever can be asked. A worker has no key. */
export interface Door {
  readonly url: string;
  readonly key?: string;
}

interface AskTerms {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export const CHAT = '/v1/chat/completions';
export const TEXT = '/v1/completions';

/** `body`: a value to be written as JSON, or the text itself. */
export async function ask(door: Door, path: string, body: unknown, terms: AskTerms = {}): Promise<Answered> {
  const response = await open(door, path, body, terms);
  return answered(response.status, response.headers, await response.text());
}

/** The same without reading the body. */
export function open(door: Door, path: string, body: unknown, terms: AskTerms = {}): Promise<Response> {
  return fetch(`${door.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(door.key === undefined ? {} : { authorization: `Bearer ${door.key}` }),
      ...terms.headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(terms.signal ? { signal: terms.signal } : {}),
  });
}
