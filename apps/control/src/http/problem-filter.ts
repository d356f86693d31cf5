// Every refusal and failure leaves as application/problem+json: Nest's and Fastify's own, too. Never a stack.
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { PROBLEM_TYPE, Problem } from './problem.ts';
import { methodsOf } from './route-methods.ts';
import { toProblem } from './to-problem.ts';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = exact(toProblem(error), request);
    if (problem.status >= 500) {
      this.#ports.logger.error(
        { err: problem.cause ?? problem, requestId: request.id },
        'admin request failed',
      );
    }
    // A stream that has begun can only be broken off: its reader must not take half for the whole.
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    // A problem is no file, though the answer was to be one.
    reply
      .removeHeader('content-disposition')
      .status(problem.status)
      .headers(problem.headers)
      .type(PROBLEM_TYPE)
      .send(JSON.stringify(problem.toBody(pathOf(request))));
  }
}

/** A path that exists but does not take this method: 405 naming those it takes (RFC 9110 section 15.5.6). */
function exact(problem: Problem, request: FastifyRequest): Problem {
  if (problem.code !== 'not_found' || !request.is404) return problem;
  const methods = methodsOf(request.server, pathOf(request));
  if (methods.length === 0) return problem;
  const allow = methods.join(', ');
  return new Problem('method_not_allowed', `This path takes ${allow}.`, { headers: { allow } });
}

function pathOf(request: FastifyRequest): string {
  return (request.url.split('?', 1)[0] ?? '').slice(0, 300);
}
