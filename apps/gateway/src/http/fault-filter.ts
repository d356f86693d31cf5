// Nest's controllers (everything but the completions) answer faults in OpenAI's shape, too; so does an unknown path.
import type { ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#protocol';
import type { Telemetry } from '#telemetry';
import { toFault } from '../completions/to-fault.ts';
import { newRequestId, saneRequestId } from './request-id.ts';
import { sendFault } from './send-json.ts';
import { unknownPath } from './unknown-path.ts';

/** Paths that exist, and the one method each takes: asked otherwise they answer 405, not 404. */
const METHODS: readonly (readonly [RegExp, string])[] = [
  [/^\/(?:compatible-mode\/)?v1\/(?:chat\/completions|completions|tokenize|route)$/, 'POST'],
  [/^\/(?:compatible-mode\/)?v1\/(?:models(?:\/.+)?|limits|usage)$/, 'GET'],
];

@Catch()
export class FaultFilter implements ExceptionFilter {
  readonly #telemetry: Telemetry;

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    reply.hijack();
    if (error instanceof HttpException) {
      refuseUnrouted(request, reply.raw);
      return;
    }
    const fault = toFault(error);
    this.#telemetry.fault(fault, sendWithId(request, reply.raw, fault));
  }
}

/** For a request no route takes: its path, its method, or a URL that cannot even be decoded. */
export function refuseUnrouted(request: FastifyRequest, res: ServerResponse): void {
  const path = request.url.split('?', 1)[0] ?? '';
  const [, allow] = METHODS.find(([pattern]) => pattern.test(path)) ?? [];
  if (allow === undefined || allow === request.method) {
    sendWithId(request, res, unknownPath(path));
    return;
  }
  // A 405 names the method that is taken (RFC 9110 section 15.5.6).
  res.setHeader('allow', allow);
  const message = `${path.slice(0, 200)} takes ${allow}, not ${request.method}.`;
  sendWithId(request, res, new Fault('method_not_allowed', { message }));
}

/** Gives back the id the client is told. */
function sendWithId({ headers }: FastifyRequest, res: ServerResponse, fault: Fault): string {
  const id = res.getHeader('x-request-id') ?? saneRequestId(headers['x-request-id']) ?? newRequestId();
  sendFault(res, fault, { 'x-request-id': String(id) });
  return String(id);
}
