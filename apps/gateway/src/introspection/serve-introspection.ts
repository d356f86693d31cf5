// POST /v1/tokenize and /v1/route: the first steps of the pipeline without the rest. They pass the key and the
// request-rate limit (decisions D6), and reserve and send nothing.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ChatRequest,
  type CompletionRequest,
  FAULTS,
  Fault,
  JsonBody,
  type ParseRules,
  parseChat,
  parseText,
  readBoolean,
} from '#protocol';
import { newRequestRecord, type RequestRecord } from '#telemetry';
import type { Caller } from '#tenancy';
import { cacheSalt } from '../completions/cache-salt.ts';
import { beyondKey, routeScope } from '../completions/key-scopes.ts';
import { measure, renderChat } from '../completions/measure.ts';
import { noteFault } from '../completions/note-record.ts';
import { pinnedPool } from '../completions/pinned-pool.ts';
import type { ServePorts } from '../completions/serve-ports.ts';
import { tellKnown } from '../completions/tell-known.ts';
import { toFault } from '../completions/to-fault.ts';
import { admitCaller, type HeadersToCome } from '../http/admit-caller.ts';
import { readBody } from '../http/read-body.ts';
import { newRequestId, saneRequestId } from '../http/request-id.ts';
import { sendFault, sendJson } from '../http/send-json.ts';
import type { AskingWorkers } from '../models/ask-tokenize.ts';
import { encodeByWorker, oneText } from '../models/encode-by-worker.ts';
import type { ServedModel } from '../models/served-model.ts';
import { explainRoute } from './explain-route.ts';
import { longestWindow, openPools } from './open-pools.ts';

type Endpoint = 'tokenize' | 'route';

interface Asked {
  readonly bytes: Buffer;
  readonly caller: Caller;
  readonly req: IncomingMessage;
  readonly signal: AbortSignal;
  readonly record: RequestRecord;
}

interface Wanted {
  readonly tokens: boolean;
  readonly strings: boolean;
}

interface Tokenized {
  readonly count: number;
  readonly tokens: ArrayLike<number> | null;
  readonly strings: readonly string[] | null;
}

export class ServeIntrospection {
  readonly #ports: ServePorts;

  constructor(ports: ServePorts) {
    this.#ports = ports;
  }

  /** Never throws; resolves once the answer is written and recorded. */
  async serve(endpoint: Endpoint, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const record = newRequestRecord(newRequestId(), endpoint, performance.now());
    record.correlationId = saneRequestId(req.headers['x-request-id']);
    const headers: HeadersToCome = { 'x-request-id': record.correlationId ?? record.requestId };
    this.#ports.telemetry.begin(record, req.headers);
    const left = new AbortController();
    this.#ports.lifecycle.begin();
    res.once('close', () => {
      this.#ports.lifecycle.end();
      left.abort(new Fault('client_closed'));
    });
    let hasBody = false;
    try {
      const { caller } = await admitCaller({ req, endpoint, headers, record }, this.#ports);
      tellKnown(headers, caller, this.#ports);
      record.steps.enter('read');
      const body = await readBody(req, this.#ports.settings.body, this.#ports.bodies);
      hasBody = true;
      try {
        record.bodyBytes = body.bytes.length;
        record.steps.enter('parse');
        const asked = { bytes: body.bytes, caller, req, signal: left.signal, record };
        const answer = await (endpoint === 'route' ? this.#route(asked) : this.#tokenize(asked));
        record.outcome = 'completed';
        sendJson(res, 200, answer, headers);
      } finally {
        body.release();
      }
    } catch (error) {
      const fault = toFault(error);
      noteFault(record, fault);
      sendFault(res, fault, headers, hasBody);
    } finally {
      this.#finish(record, res);
    }
  }

  #finish(record: RequestRecord, res: ServerResponse): void {
    record.endedMs = performance.now();
    record.status = res.headersSent ? res.statusCode : FAULTS.client_closed.status;
    this.#ports.telemetry.record(record);
  }

  /** A body with messages is a chat; one with a prompt, a text completion. */
  #parse(
    body: JsonBody,
    caller: Caller,
    record: RequestRecord,
    leniency: Pick<ParseRules, 'ignoresStream'> = {},
  ): { request: CompletionRequest; model: ServedModel } {
    const rules = { ...this.#ports.models.parseRules(caller), ...leniency };
    const isChat = body.value.messages !== undefined && body.value.messages !== null;
    const request = isChat ? parseChat(body, rules) : parseText(body, rules);
    const model = this.#ports.models.require(request.model, caller);
    record.model = model.id;
    return { request, model };
  }

  async #route({ bytes, caller, req, signal, record }: Asked): Promise<unknown> {
    const { request, model } = this.#parse(new JsonBody(bytes), caller, record);
    const salt = cacheSalt(request, model, caller.tenant);
    record.steps.enter('count');
    const measured = await measure(request, model, { fleet: this.#ports.fleet, signal, salt });
    record.promptTokens = measured.promptTokens;
    record.steps.enter('route');
    const who = {
      pinnedPool: pinnedPool(req.headers['x-ropeway-pool']),
      scope: routeScope(caller),
      refusal: beyondKey(request, measured, caller),
    };
    return explainRoute(request, model, measured, who, this.#ports);
  }

  /**
   * Request and answer as vLLM's own `/tokenize`; `tokens` and `token_strs` only when `return_tokens` and
   * `return_token_strs` ask for them.
   */
  async #tokenize({ bytes, caller, signal, record }: Asked): Promise<unknown> {
    const body = new JsonBody(bytes);
    // It has no `stream` there, so its options mean nothing: a chat that was sent with them is counted all the same.
    const { request, model } = this.#parse(body, caller, record, { ignoresStream: true });
    const withTokens = readBoolean(body.value, 'return_tokens', false);
    const withStrings = readBoolean(body.value, 'return_token_strs', false);
    const wanted = { tokens: withTokens, strings: withStrings };
    const { count, tokens, strings } = await (model.profile
      ? tokenizeHere(request, model, wanted, signal)
      : tokenizeByWorker(request, wanted, { model, fleet: this.#ports.fleet, signal }));
    record.promptTokens = count;
    return {
      count,
      max_model_len: this.#largestWindow(model, caller),
      ...(tokens && withTokens ? { tokens } : {}),
      ...(strings ? { token_strs: strings } : {}),
    };
  }

  #largestWindow(model: ServedModel, caller: Caller): number {
    return longestWindow(openPools(model, caller, this.#ports.fleet));
  }
}

async function tokenizeHere(
  request: CompletionRequest,
  model: ServedModel,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Tokenized> {
  const parts =
    request.kind === 'chat' ? renderChat(tokenizeChat(request), model) : [oneText(request.prompts)];
  if (!wanted.tokens && !wanted.strings)
    return { count: await model.counter.count(parts, signal), tokens: null, strings: null };
  const tokens = await model.counter.encode(parts, signal);
  const strings = wanted.strings ? model.counter.tokenStrings(tokens) : null;
  return { count: tokens.length, tokens, strings };
}

async function tokenizeByWorker(
  request: CompletionRequest,
  wanted: Wanted,
  asking: AskingWorkers,
): Promise<Tokenized> {
  if (wanted.tokens || wanted.strings) {
    const encoded = await encodeByWorker(request, wanted.strings, asking);
    return { ...encoded, count: encoded.tokens.length };
  }
  const { model, fleet, signal } = asking;
  const context = { fleet, signal, salt: null, mayBeEmpty: true };
  const { chargedTokens } = await measure(request, model, context);
  return { count: chargedTokens, tokens: null, strings: null };
}

/** vLLM's /tokenize takes an empty list of tools, which a chat completion refuses. */
function tokenizeChat(request: ChatRequest): ChatRequest {
  return request.tools?.length === 0 ? { ...request, tools: null } : request;
}
