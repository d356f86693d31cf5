// Sends each request to its endpoint and says refusals in vLLM's words.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseLossless } from '#protocol';
import { chatCompletions } from '../api/chat.ts';
import { textCompletions } from '../api/completions.ts';
import { type Fields, isObject } from '../api/fields.ts';
import { modelList } from '../api/models.ts';
import { detokenize, tokenize } from '../api/tokenize.ts';
import type { SimContext } from '../sim-context.ts';
import { ApiError } from './api-error.ts';
import type { Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';
import { respond, respondJson } from './respond.ts';

type Endpoint = (exchange: Exchange, context: SimContext) => Promise<void> | void;

const withBody =
  (serve: (exchange: Exchange, fields: Fields, context: SimContext) => Promise<void>): Endpoint =>
  async (exchange, context) => {
    const fields = fieldsOf(await readBody(exchange.req));
    await serve(exchange, fields, context);
  };

const endpoints: Readonly<Record<string, Readonly<Record<string, Endpoint>>>> = {
  '/v1/chat/completions': { POST: withBody(chatCompletions) },
  '/v1/completions': { POST: withBody(textCompletions) },
  '/tokenize': { POST: withBody(tokenize) },
  '/detokenize': { POST: withBody(detokenize) },
  '/v1/models': { GET: ({ res }, { settings }) => respondJson(res, modelList(settings)) },
  '/version': { GET: ({ res }, { settings }) => respondJson(res, { version: settings.version }) },
  '/load': { GET: ({ res }) => respondJson(res, { server_load: 0 }) },
  '/health': { GET: ({ res }) => respond(res, 200, '', { vary: 'Origin' }) },
  '/ping': {
    GET: ({ res }) => respond(res, 200, '', { vary: 'Origin' }),
    POST: ({ res }) => respond(res, 200, '', { vary: 'Origin' }),
  },
  '/metrics': {
    GET: async ({ res }, { metrics, engine }) =>
      respond(res, 200, await metrics.text(engine), {
        'content-type': 'text/plain; version=1.0.0; charset=utf-8',
      }),
  },
};

export async function handle(req: IncomingMessage, res: ServerResponse, context: SimContext): Promise<void> {
  try {
    const path = new URL(req.url ?? '/', 'http://sim').pathname;
    if (!isAllowed(req, path, context)) return respond(res, 401, '{"error":"Unauthorized"}');
    const methods = endpoints[path];
    if (methods === undefined) return respond(res, 404, '{"detail":"Not Found"}');
    const endpoint = methods[req.method ?? 'GET'];
    if (endpoint === undefined)
      return respond(res, 405, '{"detail":"Method Not Allowed"}', {
        allow: Object.keys(methods).join(', '),
        'content-type': 'application/json',
      });
    await endpoint({ req, res }, context);
  } catch (thrown) {
    const error =
      thrown instanceof ApiError ? thrown : new ApiError(500, 'InternalServerError', 'Internal server error');
    if (!(thrown instanceof ApiError)) console.error(thrown);
    respond(res, error.status, error.body());
  }
}

/** vLLM asks for its key on these prefixes only; /tokenize and /metrics stay open. */
const guarded = ['/v1', '/v2', '/inference', '/cohere'];

function isAllowed(req: IncomingMessage, path: string, { settings }: SimContext): boolean {
  if (settings.apiKeys.length === 0 || !guarded.some((prefix) => path.startsWith(prefix))) return true;
  const [scheme, key] = (req.headers.authorization ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && settings.apiKeys.includes(key ?? '');
}

function fieldsOf(body: Buffer): Fields {
  try {
    const value = parseLossless(body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Answered below: every body that is no JSON object gets the same refusal.
  }
  throw new ApiError(400, 'Bad Request', '1 validation error', 'body');
}
