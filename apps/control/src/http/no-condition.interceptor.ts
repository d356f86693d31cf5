// For writes that change nothing with a version. Runs inside the idempotency interceptor: a key that was used for another
// request is told so first, and the refusal leaves the key free.
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { Problem } from './problem.ts';

@Injectable()
export class NoConditionInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'] !== undefined) {
      throw new Problem(
        'bad_request',
        'if-match is not taken here: what is changed has no version. Ask again without it.',
      );
    }
    return next.handle();
  }
}
