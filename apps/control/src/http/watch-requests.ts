// One log line a request, and the count a drain waits for. The route is logged, not the URL: queries may hold names.
import type { FastifyInstance } from 'fastify';
import type { ControlPorts } from '../control-ports.ts';

export function watchRequests(fastify: FastifyInstance, { lifecycle, logger }: ControlPorts): void {
  fastify.addHook('onRequest', async (_request, reply) => {
    lifecycle.begin();
    // Also when the caller leaves before it is answered, which no hook of Fastify tells.
    reply.raw.once('close', () => lifecycle.end());
    if (lifecycle.isDraining) reply.header('connection', 'close');
  });
  fastify.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? null : (request.routeOptions.url ?? null);
    const fields = {
      requestId: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    };
    logger.info(fields, 'admin request');
  });
}
