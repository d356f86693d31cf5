// `if-match: "<version>"` (RFC 9110 section 13.1.1): the version a change was thought out for.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

const VERSION = /^"(\d{1,15})"$/;

/** The version as a parameter of a controller's method; null where any will do (no header, or `*`). */
export const IfMatch = createParamDecorator((_data: unknown, context: ExecutionContext): number | null =>
  versionOf(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);

export function versionOf(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '*') return null;
  const [, version] = VERSION.exec(header.trim()) ?? [];
  if (version === undefined) {
    throw new Problem('bad_request', 'if-match has to be the etag of what is changed, as in "3".');
  }
  return Number(version);
}
