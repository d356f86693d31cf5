// Sends each request to its endpoint and says refusals in vLLM's words.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endpoints } from '../api/endpoints.ts';
import { answerFault } from '../faults/answer-fault.ts';
import { rustErrorBody } from '../rust/rust-error.ts';
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
  if (context.settings.requestIdHeaders) echoRequestId(req, res);
  try {
    if (!isAllowed(req, path, context.settings.apiKeys)) return unauthorized(res);
    if (isScaleOut(path)) return respond(res, 403, scaleOutDisabled);
    const methods = endpoints.get(path);
    if (methods === undefined && endpoints.has(path.replace(/\/$/, ''))) return redirect(req, res, path);
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
    refuse(res, thrown, context);
  }
}

function refuse(res: ServerResponse, thrown: unknown, { settings }: SimContext): void {
  if (thrown instanceof ClientGone || res.destroyed) return;
  if (thrown instanceof UnreadableBody) {
    respond(res, 400, '{"detail":"There was an error parsing the body"}');
    return;
  }
  // Anything else is a defect of the simulator itself; a real server would print its stack here too.
  if (!(thrown instanceof ApiError)) console.error(thrown);
  const error =
    thrown instanceof ApiError ? thrown : new ApiError(500, 'InternalServerError', 'Internal server error');
  respond(res, error.status, settings.frontEnd === 'rust' ? rustErrorBody(error) : error.body());
}

/** Paths vLLM has behind --enable-scale-out (0.30 on); without the flag they refuse in their own shape. */
function isScaleOut(path: string): boolean {
  return path.startsWith('/inference/v1/') || /^\/v1\/.+\/render$/.test(path);
}

const scaleOutDisabled = JSON.stringify({
  error: {
    message: 'Scale-out endpoints are disabled. Restart vllm serve with --enable-scale-out to enable them.',
    type: 'PermissionDeniedError',
    param: null,
    code: 403,
  },
});

/** FastAPI's answer to a slash too many. */
function redirect(req: IncomingMessage, res: ServerResponse, path: string): void {
  respond(res, 307, '', { location: `http://${req.headers.host ?? ''}${path.replace(/\/$/, '')}` });
}

/** --enable-request-id-headers: the client's id, or a new one, on every answer. */
function echoRequestId(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader('x-request-id', req.headers['x-request-id'] ?? randomUUID().replaceAll('-', ''));
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
