// The HTTP front: Nest on Fastify. Before the body of a request is read its key is proved; everything after is Nest's.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AddressRanges } from '#addresses';
import { callerAddress } from '#tenancy';
import type { AdminKeys } from '../auth/admin-keys.ts';
import { setAdmin } from '../auth/admin-of-request.ts';
import { answerOpenHeads, isPublic } from '../auth/public-route.ts';
import { controlModule } from '../control.module.ts';
import type { ControlPorts } from '../control-ports.ts';
import { buildDocument } from '../openapi/build-document.ts';
import { DocumentHolder } from '../openapi/document-holder.ts';
import { answerClientError } from './client-error.ts';
import { parseJson } from './parse-json.ts';
import { PROBLEM_TYPE, Problem } from './problem.ts';
import { refuseHead } from './refuse-head.ts';
import { watchRequests } from './watch-requests.ts';

const BODY_BYTES = 1_048_576;
/** As Node's own default; a key and an idempotency key are a hundredth of it. */
const HEADER_BYTES = 16_384;
/** A whole request, its body included: 1 MiB at 100 kbit/s takes 84 s, so slow links pass and idle ones do not. */
const REQUEST_TIMEOUT_MS = 120_000;
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

interface AppOptions {
  readonly admins: AdminKeys;
  /** CIDRs of proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[];
}

export async function createApp(
  ports: ControlPorts,
  { admins, trustedProxies }: AppOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node would answer a request without a host, and one with an unknown expectation, without a problem: refuse-head.ts does.
    http: { maxHeaderSize: HEADER_BYTES, requireHostHeader: false },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    // A URL that Fastify cannot decode never gets as far as Nest's filter.
    frameworkErrors: refuseUnreadable,
    clientErrorHandler: answerClientError,
    routerOptions: { ignoreTrailingSlash: false, caseSensitive: true },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  // Fastify's own parsers less that of plain text: anything but JSON is 415.
  fastify.removeContentTypeParser('text/plain');
  parseJson(fastify);
  fastify.server.on('checkExpectation', (req, res) => fastify.server.emit('request', req, res));
  watchRequests(fastify, ports);
  answerOpenHeads(fastify);
  const proxies = new AddressRanges(trustedProxies);
  fastify.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...HEADERS, 'x-request-id': request.id });
    refuseHead(request.raw);
    if (isPublic(request)) return;
    const { headers, raw } = request;
    const address = callerAddress(raw.socket.remoteAddress, headers['x-forwarded-for'], proxies);
    setAdmin(request, admins.identify(headers.authorization, address, performance.now()));
  });
  const app = await NestFactory.create<NestFastifyApplication>(controlModule(ports), adapter, {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  await app.init();
  app.get(DocumentHolder).document = buildDocument(app);
  return app;
}

function refuseUnreadable(_error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  const problem = new Problem('bad_request', 'The URL cannot be decoded.');
  reply
    .status(problem.status)
    .headers(HEADERS)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problem.toBody('')));
}
