// Sends each request to its endpoint and says refusals in vLLM's words.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endpoints } from '../api/endpoints.ts';
import { answerFault } from '../faults/answer-fault.ts';
import { rustErrorBody } from '../rust/rust-error.ts';
import { isMissingInRust } from '../rust/rust-paths.ts';
import type { SeenRequest } from '../seen-requests.ts';
import type { SimContext } from '../sim-context.ts';
import { ApiError, ClientGone } from './api-error.ts';
import type { Exchange } from './exchange.ts';
import { UnreadableBody } from './fields-of.ts';
import { isAllowed } from './is-allowed.ts';
import { answerAsRust, respond } from './respond.ts';

export async function handle(req: IncomingMessage, res: ServerResponse, context: SimContext): Promise<void> {
  const path = pathOf(req);
  const seen = note(req, res, path, context);
  const isRust = context.settings.frontEnd === 'rust';
  if (isRust) answerAsRust(res);
  if (context.settings.requestIdHeaders) echoRequestId(req, res);
  try {
    if (!isAllowed(req, path, context.settings.apiKeys)) return unauthorized(res);
    if (isRust && isMissingInRust(path)) return respond(res, 404, '', {});
    if (isScaleOut(path)) return respond(res, 403, scaleOutDisabled(isRust ? '403' : 403));
    const methods = endpoints.get(path);
    if (methods === undefined && isRust) return respond(res, 404, '', {});
    if (methods === undefined && endpoints.has(path.replace(/\/$/, ''))) return redirect(req, res, path);
    if (methods === undefined) return respond(res, 404, '{"detail":"Not Found"}');
    const endpoint = methods.get(isRust && req.method === 'HEAD' ? 'GET' : (req.method ?? 'GET'));
    if (endpoint === undefined) return wrongMethod(res, [...methods.keys()].join(', '), isRust);
    const exchange: Exchange = { req, res, fault: endpoint.generates ? context.state.faults.take() : null };
    if (exchange.fault !== null && (await answerFault(exchange, exchange.fault))) return;
    await endpoint.serve(exchange, context, seen);
  } catch (thrown) {
    refuse(res, thrown, context);
  }
}

function refuse(res: ServerResponse, thrown: unknown, { settings }: SimContext): void {
  if (thrown instanceof ClientGone || res.destroyed) return;
  const isRust = settings.frontEnd === 'rust';
  if (thrown instanceof UnreadableBody) {
    respond(res, 400, isRust ? rustErrorBody(unreadableInRust) : unreadable);
    return;
  }
  // Anything else is a defect of the simulator itself; a real server would print its stack here too.
  if (!(thrown instanceof ApiError)) console.error(thrown);
  const error =
    thrown instanceof ApiError ? thrown : new ApiError(500, 'InternalServerError', 'Internal server error');
  respond(res, error.status, isRust ? rustErrorBody(error) : error.body());
}

const unreadable = '{"detail":"There was an error parsing the body"}';
const unreadableInRust = new ApiError(400, 'Bad Request', 'Failed to parse the request body as JSON');

/** Paths vLLM has behind --enable-scale-out (0.30 on); without the flag they refuse in their own shape. */
function isScaleOut(path: string): boolean {
  return path.startsWith('/inference/v1/') || /^\/v1\/.+\/render$/.test(path);
}

/** The code is a number in Python and a text in Rust. */
function scaleOutDisabled(code: number | string): string {
  const message =
    'Scale-out endpoints are disabled. Restart vllm serve with --enable-scale-out to enable them.';
  return JSON.stringify({ error: { message, type: 'PermissionDeniedError', param: null, code } });
}

function wrongMethod(res: ServerResponse, allow: string, isRust: boolean): void {
  if (isRust) respond(res, 405, '', { allow });
  else respond(res, 405, '{"detail":"Method Not Allowed"}', { allow, 'content-type': 'application/json' });
}

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
