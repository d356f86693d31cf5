// `etag` of what has a version, `location` of what was made.
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';

const LOCATION = 'ropeway:location';

/** Where the new resource is, as in `/admin/keys/{id}`; `{id}` is filled in from the answer. */
export const Location = (template: string) => SetMetadata(LOCATION, template);

@Injectable()
export class ResourceHeadersInterceptor implements NestInterceptor {
  readonly #reflector: Reflector;

  constructor(@Inject(Reflector) reflector: Reflector) {
    this.#reflector = reflector;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const template = this.#reflector.get<string | undefined>(LOCATION, context.getHandler());
    return next.handle().pipe(
      map((body: unknown) => {
        const version = memberOf(body, 'version');
        if (typeof version === 'number') reply.header('etag', `"${version}"`);
        const id = memberOf(body, 'id');
        if (template !== undefined && typeof id === 'string') {
          reply.header('location', template.replace('{id}', encodeURIComponent(id)));
        }
        return body;
      }),
    );
  }
}

function memberOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}
