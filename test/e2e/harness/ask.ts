// One request through the front door, read to its end.

/** Where to ask. */
export interface FrontDoor {
  /** Origin of the API, without `/v1`. */
  readonly url: string;
  /** Sent unless a test says otherwise. */
  readonly key?: string;
}

interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Throws when the answer is not JSON. */
  json<Shape>(): Shape;
  /** The error of an answer in OpenAI's shape; throws for any other. */
  readonly error: OpenAiError;
}

interface AskTerms {
  readonly method?: string;
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export const CHAT = '/v1/chat/completions';

/** `body`: a value to be written as JSON, or the text itself; undefined for none. */
export async function ask(
  door: FrontDoor,
  path: string,
  body?: unknown,
  terms: AskTerms = {},
): Promise<Answered> {
  const response = await open(door, path, body, terms);
  return answered(response.status, response.headers, await response.text());
}

export function answered(status: number, headers: Headers, text: string): Answered {
  const json = <Shape>(): Shape => JSON.parse(text) as Shape;
  return {
    status,
    headers,
    text,
    json,
    get error() {
      return errorOf(json());
    },
  };
}

/** The same without reading the body. */
export function open(
  door: FrontDoor,
  path: string,
  body: unknown,
  { method = body === undefined ? 'GET' : 'POST', key = door.key ?? null, headers, signal }: AskTerms = {},
): Promise<Response> {
  return fetch(`${door.url}${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
}

/** A chat of one message. */
export function chat(content: unknown = 'Hello', members: Readonly<Record<string, unknown>> = {}) {
  return { model: 'qwq-32b', messages: [{ role: 'user', content }], ...members };
}

/** About so many tokens. */
export function words(count: number): string {
  return ' word'.repeat(count);
}

/** Checks the shape every OpenAI client expects: four members, `code` a string. */
function errorOf(value: unknown): OpenAiError {
  if (!isObject(value) || !isObject(value.error)) throw new Error(`no error: ${JSON.stringify(value)}`);
  const { message, type, param, code } = value.error;
  const isRight =
    typeof message === 'string' &&
    typeof type === 'string' &&
    (param === null || typeof param === 'string') &&
    typeof code === 'string';
  if (!isRight || Object.keys(value.error).length !== 4)
    throw new Error(`not OpenAI's shape: ${JSON.stringify(value)}`);
  return { message, type, param, code };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
