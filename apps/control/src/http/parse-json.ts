// A body as JSON, bounded before it is parsed: 1 MiB of brackets held the event loop for two seconds.
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { Fault, refuseCostly } from '#protocol';
import { Problem } from './problem.ts';

/** Replaces Fastify's own parser, which does the rest. */
export function parseJson(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const refused = refusal(bytes);
    if (refused === null) parse(request, bytes.toString('utf8'), done);
    else done(refused);
  });
}

function refusal(bytes: Buffer): Problem | null {
  // A name would be kept with U+FFFD in the place of what was sent.
  if (!isUtf8(bytes)) return new Problem('bad_request', 'The body is not valid UTF-8.');
  try {
    refuseCostly(bytes, 0);
    return null;
  } catch (error) {
    if (error instanceof Fault) return new Problem('bad_request', error.message);
    throw error;
  }
}
