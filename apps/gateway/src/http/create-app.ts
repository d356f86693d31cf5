// The HTTP front: Nest on Fastify, with the hot paths registered on Fastify itself and hijacked before Fastify would
// look at the body, so that a stranger gets 401 before a byte of it is read.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerConfig } from '#config';
import { ServeCompletion } from '../completions/serve-completion.ts';
import type { ServePorts } from '../completions/serve-ports.ts';
import { gatewayModule } from '../gateway.module.ts';
import { ServeIntrospection } from '../introspection/serve-introspection.ts';
import { answerClientError } from './client-error.ts';
import { FaultFilter } from './fault-filter.ts';

/** DashScope's clients call the same API under this prefix. */
const PREFIXES = ['/v1', '/compatible-mode/v1'];
/** How often Node looks for clients that have not finished their headers. */
const CHECK_CONNECTIONS_MS = 1_000;

export async function createApp(ports: ServePorts, server: ServerConfig): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    keepAliveTimeout: server.keepAliveMs,
    // Bodies have a deadline of their own (read-body.ts); this one would cut long prompts and answer without a body.
    requestTimeout: 0,
    http: {
      maxHeaderSize: server.maxHeaderBytes,
      headersTimeout: server.headersTimeoutMs,
      connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
      noDelay: true,
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(gatewayModule(ports), adapter, {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new FaultFilter());
  addHotRoutes(adapter, ports);
  await app.init();
  return app;
}

function addHotRoutes(adapter: FastifyAdapter, ports: ServePorts): void {
  const completion = new ServeCompletion(ports);
  const introspection = new ServeIntrospection(ports);
  const fastify = adapter.getInstance();
  const route = (
    path: string,
    serve: (request: FastifyRequest, reply: FastifyReply) => Promise<void>,
  ): void => {
    for (const prefix of PREFIXES) {
      fastify.route({
        method: 'POST',
        url: `${prefix}${path}`,
        // Hijacked in the first hook: what follows (body parsing, handler, serialisation) is Fastify's and not ours.
        onRequest: (request, reply) => {
          reply.hijack();
          void serve(request, reply);
        },
        handler: () => undefined,
      });
    }
  };
  route('/chat/completions', (request, reply) => completion.serve('chat', request.raw, reply.raw));
  route('/completions', (request, reply) => completion.serve('text', request.raw, reply.raw));
  route('/tokenize', (request, reply) => introspection.serve('tokenize', request.raw, reply.raw));
  route('/route', (request, reply) => introspection.serve('route', request.raw, reply.raw));
}
