// Faults that answer in the endpoint's place. True when the request has been answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { queueFull } from '../generation/run.ts';
import { ApiError } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { openStream, respond } from '../http/respond.ts';
import type { ErrorDialect, RequestFault } from './sim-fault.ts';

export async function answerFault({ res }: Exchange, fault: RequestFault): Promise<boolean> {
  switch (fault.kind) {
    case 'status': {
      const message = fault.message ?? 'The server had an error while processing your request.';
      const { type, body } = errorBody(fault.dialect ?? 'python', fault.status, message);
      const retry = fault.retryAfterS === undefined ? {} : { 'retry-after': String(fault.retryAfterS) };
      respond(res, fault.status, body, { 'content-type': type, ...retry });
      return true;
    }
    case 'queue-full':
      throw queueFull();
    case 'done-only':
      openStream(res);
      res.end('data: [DONE]\n\n');
      return true;
    case 'slow':
      // Unreferenced, so that a closed server does not keep its process.
      await sleep(fault.delayMs, undefined, { ref: false });
      return res.destroyed;
    default:
      return false;
  }
}

function errorBody(dialect: ErrorDialect, status: number, message: string): { type: string; body: string } {
  const json = (value: unknown) => ({ type: 'application/json', body: JSON.stringify(value) });
  switch (dialect) {
    case 'python': {
      const type =
        status === 503 ? 'Service Unavailable' : status < 500 ? 'BadRequestError' : 'InternalServerError';
      return { type: 'application/json', body: new ApiError(status, type, message).body() };
    }
    case 'string':
      return json({ error: message });
    case 'detail':
      return json({ detail: message });
    case 'rust':
      return json({
        error: {
          message,
          type: status < 500 ? 'invalid_request_error' : 'server_error',
          param: null,
          code: status < 500 ? 'invalid_request_error' : 'server_error',
        },
      });
    case 'html':
      return { type: 'text/html', body: `<html><body><h1>${status}</h1></body></html>` };
  }
}
