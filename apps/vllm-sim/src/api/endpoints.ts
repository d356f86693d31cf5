// Every path the simulated server answers.
import type { LosslessJson } from '#protocol';
import type { Endpoint } from '../http/endpoint.ts';
import type { Exchange } from '../http/exchange.ts';
import { fieldsOf } from '../http/fields-of.ts';
import { readBody } from '../http/read-body.ts';
import { respond, respondJson } from '../http/respond.ts';
import type { VllmSimSettings } from '../options.ts';
import type { SimContext } from '../sim-context.ts';
import { adminFaults } from './admin.ts';
import { chatCompletions } from './chat.ts';
import { textCompletions } from './completions.ts';
import { modelList } from './models.ts';
import { detokenize, tokenize } from './tokenize.ts';

type Serve = (exchange: Exchange, context: SimContext) => void | Promise<void>;
type ServeBody = (
  exchange: Exchange,
  fields: ReadonlyMap<string, LosslessJson>,
  context: SimContext,
) => Promise<void>;

function plain(serve: Serve): Endpoint {
  return { generates: false, serve: async (exchange, context) => await serve(exchange, context) };
}

function withBody(serve: ServeBody, generates: boolean): Endpoint {
  return {
    generates,
    async serve(exchange, context, seen) {
      const body = await readBody(exchange.req);
      seen.body = body.toString('utf8');
      await serve(exchange, fieldsOf(exchange.req, body), context);
    },
  };
}

const invocations: ServeBody = (exchange, fields, context) =>
  fields.has('messages')
    ? chatCompletions(exchange, fields, context)
    : textCompletions(exchange, fields, context);

const empty: Serve = ({ res }) => respond(res, 200, '', {});

const health: Serve = ({ res }, { state }) =>
  respond(res, state.isHealthy && state.phase !== 'engine-dead' ? 200 : 503, '', {});

const metricsPage: Serve = ({ res }, { metrics, engine, settings }) => {
  const format = settings.frontEnd === 'rust' ? 'application/openmetrics-text' : 'text/plain';
  respond(res, 200, metrics.text(engine), { 'content-type': `${format}; version=1.0.0; charset=utf-8` });
};

function versionOf({ version, frontEnd }: VllmSimSettings): object {
  return frontEnd === 'rust' ? { version, rust_frontend_version: version } : { version };
}

export const endpoints: ReadonlyMap<string, ReadonlyMap<string, Endpoint>> = new Map([
  ['/v1/chat/completions', new Map([['POST', withBody(chatCompletions, true)]])],
  ['/v1/completions', new Map([['POST', withBody(textCompletions, true)]])],
  // SageMaker's path: whatever the body is.
  ['/invocations', new Map([['POST', withBody(invocations, true)]])],
  ['/tokenize', new Map([['POST', withBody(tokenize, false)]])],
  ['/detokenize', new Map([['POST', withBody(detokenize, false)]])],
  [
    '/v1/models',
    new Map([
      [
        'GET',
        plain(({ res }, { settings, state }) =>
          respondJson(res, modelList(settings, state.shownWindowTokens)),
        ),
      ],
    ]),
  ],
  ['/version', new Map([['GET', plain(({ res }, { settings }) => respondJson(res, versionOf(settings)))]])],
  ['/kv_event_sources', new Map([['GET', plain(({ res }) => respondJson(res, {}))]])],
  ['/load', new Map([['GET', plain(({ res }) => respondJson(res, { server_load: 0 }))]])],
  ['/health', new Map([['GET', plain(health)]])],
  [
    '/ping',
    new Map([
      ['GET', plain(empty)],
      ['POST', plain(empty)],
    ]),
  ],
  ['/metrics', new Map([['GET', plain(metricsPage)]])],
  ['/sim/faults', adminFaults],
]);
