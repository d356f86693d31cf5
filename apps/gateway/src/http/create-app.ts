// The HTTP front: one node:http server; the pipeline's paths go straight to it, everything else to Nest on Fastify.
import 'reflect-metadata';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerConfig } from '#config';
import { Fault } from '#protocol';
import type { ServePorts } from '../completions/serve-ports.ts';
import { gatewayModule } from '../gateway.module.ts';
import { answerClientError } from './client-error.ts';
import { continueWhenRead } from './continue-when-read.ts';
import { FaultFilter, refuseUnrouted } from './fault-filter.ts';
import { HotPaths } from './hot-paths.ts';
import { toOriginForm } from './origin-form.ts';
import { Pipelined } from './pipelined.ts';
import { refuseHead } from './refuse-head.ts';
import { newRequestId, saneRequestId } from './request-id.ts';
import { sendFault } from './send-json.ts';

/** How often Node looks for clients that have not finished their headers. */
const CHECK_CONNECTIONS_MS = 1_000;

export async function createApp(ports: ServePorts, config: ServerConfig): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    // A URL that Fastify cannot decode never gets as far as Nest's filter.
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      reply.hijack();
      refuseUnrouted(request, reply.raw);
    },
    serverFactory: (listener: RequestListener) => createHttpServer(new HotPaths(ports), listener, config),
  });
  const app = await NestFactory.create<NestFastifyApplication>(gatewayModule(ports), adapter, {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new FaultFilter(ports.telemetry));
  await app.init();
  return app;
}

function createHttpServer(hot: HotPaths, listener: RequestListener, config: ServerConfig): Server {
  const options = {
    maxHeaderSize: config.maxHeaderBytes,
    headersTimeout: config.headersTimeoutMs,
    // Bodies have a deadline of their own (read-body.ts); this one would cut long prompts and answer without a body.
    requestTimeout: 0,
    connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
    keepAliveTimeout: config.keepAliveMs,
    noDelay: true,
    // Node would answer it with a 400 that is not in OpenAI's shape.
    requireHostHeader: false,
  };
  const pipelined = new Pipelined();
  const handle: RequestListener = (req, res) => {
    const judged = pipelined.judge(req, res);
    if (judged === 'ignore') return;
    const refused = judged ?? refuseHead(req);
    if (refused) {
      refuse(req, res, refused);
      return;
    }
    toOriginForm(req);
    const serve = hot.find(req);
    if (serve) void serve(req, res);
    else listener(req, res);
  };
  return createServer(options, handle)
    .on('checkContinue', (req, res) => {
      continueWhenRead(req, res);
      handle(req, res);
    })
    .on('checkExpectation', (req, res) => {
      // RFC 9110 section 10.1.1.
      const message = 'Only "expect: 100-continue" is understood.';
      refuse(req, res, new Fault('bad_http', { message, status: 417 }));
    });
}

/** Before there is a request of the pipeline's; every answer has an id. */
function refuse(req: IncomingMessage, res: ServerResponse, fault: Fault): void {
  const id = saneRequestId(req.headers['x-request-id']) ?? newRequestId();
  sendFault(res, fault, { 'x-request-id': id, connection: 'close' });
}
