// Whatever was thrown, as a problem. Only problems of our own carry their text out; of everything else the caller learns
// no more than its kind, and the log the rest.
import { HttpException } from '@nestjs/common';
import { DatabaseProblem } from '#database';
import { Problem, type ProblemCode } from './problem.ts';

/** What Nest and Fastify refuse by themselves. */
const BY_STATUS: Readonly<Record<number, { readonly code: ProblemCode; readonly detail: string }>> = {
  400: {
    code: 'bad_request',
    detail: 'The body is not valid JSON, or not as long as its content-length says.',
  },
  404: {
    code: 'not_found',
    detail: 'Unknown path. The admin API is under /admin; /admin/openapi.json describes it.',
  },
  408: { code: 'timeout', detail: 'The request did not arrive in time.' },
  413: { code: 'body_too_large', detail: 'A body may have 1 MiB.' },
  414: { code: 'not_found', detail: 'Unknown path.' },
  415: { code: 'unsupported_media_type', detail: 'Send the body as application/json.' },
};

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const known = BY_STATUS[statusOf(error) ?? 0];
  if (known) return new Problem(known.code, known.detail, { cause: error });
  if (isDatabaseAway(error)) {
    return new Problem('unavailable', 'The database cannot be reached or does not answer in time.', {
      retryAfterMs: 1_000,
      cause: error,
    });
  }
  // Its message is for whoever operates Ropeway, who also asks this API.
  if (error instanceof DatabaseProblem && error.code === 'other_schema') {
    return new Problem('unavailable', error.message, { retryAfterMs: 1_000, cause: error });
  }
  return new Problem('internal_error', 'The log says more, under the request id of this answer.', {
    cause: error,
  });
}

/** Nest's exceptions say it by a method, Fastify's errors by a field. Of ours only 5xx are left: those are no client's. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  const status = fieldOf(error, 'statusCode');
  return typeof status === 'number' ? status : null;
}

/** SQLSTATE classes: 08 connection, 53 resources, 57 operator intervention (57014 is our statement time-out). */
const AWAY_STATES = /^(08|53|57)/;
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EPIPE',
  'ENOENT',
]);
/** What pg says without a code when a connection ends or none is to be had (pg 8: client.js; pg-pool 3: index.js). */
const AWAY_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection)/;

function isDatabaseAway(error: unknown): boolean {
  const code = fieldOf(error, 'code');
  if (typeof code === 'string' && (AWAY_CODES.has(code) || AWAY_STATES.test(code))) return true;
  const message = fieldOf(error, 'message');
  return typeof message === 'string' && AWAY_MESSAGES.test(message);
}

function fieldOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
