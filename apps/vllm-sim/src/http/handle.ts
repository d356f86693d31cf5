// Sends each request to its endpoint and says refusals in vLLM's words.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endpoints } from '../api/endpoints.ts';
import { answerFault } from '../faults/answer-fault.ts';
import type { SeenRequest } from '../seen-requests.ts';
import type { SimContext } from '../sim-context.ts';
import { ApiError, ClientGone } from './api-error.ts';
import type { Exchange } from './exchange.ts';
import { UnreadableBody } from './fields-of.ts';
import { isAllowed } from './is-allowed.ts';
import { respond } from './respond.ts';

export async function handle(req: IncomingMessage, res: ServerResponse, context: SimContext): Promise<void> {
  const path = pathOf(req);
  const seen = note(req, res, path, context);
  try {
    if (!isAllowed(req, path, context.settings.apiKeys)) return unauthorized(res);
    const methods = endpoints.get(path);
    if (methods === undefined) return respond(res, 404, '{"detail":"Not Found"}');
    const endpoint = methods.get(req.method ?? 'GET');
    if (endpoint === undefined)
      return respond(res, 405, '{"detail":"Method Not Allowed"}', {
        allow: [...methods.keys()].join(', '),
        'content-type': 'application/json',
      });
    const exchange: Exchange = { req, res, fault: endpoint.generates ? context.state.faults.take() : null };
    if (exchange.fault !== null && (await answerFault(exchange, exchange.fault))) return;
    await endpoint.serve(exchange, context, seen);
  } catch (thrown) {
    refuse(res, thrown);
  }
}

function refuse(res: ServerResponse, thrown: unknown): void {
  if (thrown instanceof ClientGone || res.destroyed) return;
  if (thrown instanceof UnreadableBody) {
    respond(res, 400, '{"detail":"There was an error parsing the body"}');
    return;
  }
  // Anything else is a defect of the simulator itself; a real server would print its stack here too.
  if (!(thrown instanceof ApiError)) console.error(thrown);
  const error =
    thrown instanceof ApiError ? thrown : new ApiError(500, 'InternalServerError', 'Internal server error');
  respond(res, error.status, error.body());
}

/** Answered before the middleware that adds `vary`. */
function unauthorized(res: ServerResponse): void {
  const body = '{"error":"Unauthorized"}';
  res.removeHeader('connection');
  res.writeHead(401, {
    server: 'uvicorn',
    'content-length': body.length,
    'content-type': 'application/json',
  });
  res.end(body);
}

function pathOf(req: IncomingMessage): string {
  const url = req.url ?? '/';
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function note(req: IncomingMessage, res: ServerResponse, path: string, { state }: SimContext): SeenRequest {
  const { method = '', headers } = req;
  const seen: SeenRequest = { method, path, headers, body: '', outcome: 'open', status: 0 };
  if (!path.startsWith('/sim/')) state.seen.add(seen);
  res.once('close', () => {
    seen.outcome = res.writableFinished ? 'answered' : 'client-closed';
    seen.status = res.headersSent ? res.statusCode : 0;
  });
  return seen;
}
