// Nest's controllers (everything but the completions) answer faults in OpenAI's shape, too; so does an unknown path.
import type { ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#protocol';
import { toFault } from '../completions/to-fault.ts';
import { newRequestId, saneRequestId } from './request-id.ts';
import { sendFault } from './send-json.ts';

/** Paths that exist, and the one method each takes: asked otherwise they answer 405, not 404. */
const METHODS: readonly (readonly [RegExp, string])[] = [
  [/^\/(?:compatible-mode\/)?v1\/(?:chat\/completions|completions|tokenize|route)$/, 'POST'],
  [/^\/(?:compatible-mode\/)?v1\/models(?:\/.+)?$/, 'GET'],
];

@Catch()
export class FaultFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    reply.hijack();
    const res = reply.raw;
    if (!res.hasHeader('x-request-id')) res.setHeader('x-request-id', requestIdFor(request));
    if (error instanceof HttpException) refusePath(request, res);
    else sendFault(res, toFault(error));
  }
}

function requestIdFor(request: FastifyRequest): string {
  return saneRequestId(request.headers['x-request-id']) ?? newRequestId();
}

/** A 405 names the method that is taken (RFC 9110 section 15.5.6). */
function refusePath({ method, url }: FastifyRequest, res: ServerResponse): void {
  const path = url.split('?', 1)[0] ?? '';
  const shown = path.slice(0, 200);
  const [, allow] = METHODS.find(([pattern]) => pattern.test(path)) ?? [];
  if (allow === undefined)
    sendFault(res, new Fault('not_found', { message: `Unknown path ${shown}. The API is under /v1.` }));
  else
    sendFault(res, new Fault('method_not_allowed', { message: `${shown} takes ${allow}, not ${method}.` }), {
      allow,
    });
}
