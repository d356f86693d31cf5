// Nest's controllers (everything but the completions) answer faults in OpenAI's shape, too; so does an unknown path.
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#protocol';
import { toFault } from '../completions/to-fault.ts';
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
    sendFault(reply.raw, error instanceof HttpException ? faultOfPath(request) : toFault(error));
  }
}

export function faultOfPath(request: { readonly method: string; readonly url: string }): Fault {
  const path = request.url.split('?', 1)[0] ?? '';
  const known = METHODS.find(([pattern]) => pattern.test(path));
  if (!known)
    return new Fault('not_found', { message: `Unknown path ${path.slice(0, 200)}. The API is under /v1.` });
  return new Fault('method_not_allowed', {
    message: `${path.slice(0, 200)} takes ${known[1]}, not ${request.method}.`,
  });
}
