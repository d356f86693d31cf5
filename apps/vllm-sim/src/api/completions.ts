// POST /v1/completions: texts or token ids, one or a batch, without thinking parsed out.
import { JsonNumber, type LosslessJson } from '#protocol';
import type { GenerationRequest } from '../generation/generation-request.ts';
import { type Prompt, prepareRun } from '../generation/run.ts';
import { usageOf } from '../generation/usage.ts';
import { ApiError, badParameter, badRequest, engineDead } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { loadHeader } from '../http/load-header.ts';
import { openStream, respondJson } from '../http/respond.ts';
import { isSince033 } from '../is-since-033.ts';
import type { VllmSimSettings } from '../options.ts';
import type { SimContext } from '../sim-context.ts';
import { checkRank, checkText } from './check-values.ts';
import { type Collected, Collector } from './collect.ts';
import type { Fields } from './fields.ts';
import { allowedTokens, generationRequestOf } from './generation-fields.ts';
import { textLogprobs } from './logprobs.ts';
import { plannedJson } from './planned-json.ts';
import { encodeText, topicOf, truncated } from './prompts.ts';
import { refuseEmpty } from './refuse-empty.ts';
import { nowS, requestId } from './request-id.ts';
import { requestMetrics } from './request-metrics.ts';
import { checkSchema, textSchema } from './schema.ts';
import { countsOf } from './text-counts.ts';
import { TextStream } from './text-stream.ts';

/** vLLM's default for text completions (entrypoints/openai/completion/protocol.py). */
const defaultMaxTokens = 16;
/** Rows of the embedding, vocab_size of QwQ's config.json; ids beyond the tokenizer's own are accepted. */
const vocabularySize = 152_064;

/** CompletionRequest has no `max_completion_tokens`; it is ignored as any unknown field is. */
const outputFields = ['max_tokens'];

export async function textCompletions(
  exchange: Exchange,
  fields: Fields,
  context: SimContext,
): Promise<void> {
  const { res, req } = exchange;
  checkSchema(fields, textSchema);
  checkText(fields);
  checkRank(req.headers['x-data-parallel-rank']);
  const request = generationRequestOf(fields, context.settings, outputFields);
  const prompts = await Promise.all(
    promptsOf(fields.get('prompt'), context.settings).map((prompt) =>
      textPrompt(prompt, request, fields, context),
    ),
  );
  if (refuseEmpty(prompts, request.stream, res, context.settings)) return;
  const id = `cmpl-${requestId(req, fields, context.settings)}`;
  if (request.stream) {
    // 0.32 ends a token-id stream that comes during shutdown without a chunk (observed).
    if (context.state.phase === 'draining') {
      openStream(res);
      res.end('data: [DONE]\n\n');
      return;
    }
    const stream = new TextStream(res, request, prompts, context, id);
    const run = await prepareRun(context, request, prompts, exchange, stream);
    stream.follow(run);
    run.start();
    return;
  }
  const collector = new Collector();
  const run = await prepareRun(context, request, prompts, exchange, collector);
  const answers = await collector.collect(run.choices, run.start, exchange.res);
  respondJson(
    res,
    {
      id,
      object: 'text_completion',
      created: nowS(),
      model: request.model,
      choices: answers.map((answer) => wholeChoice(answer, request, prompts, context.settings)),
      service_tier: null,
      system_fingerprint: context.fingerprint,
      usage: usageOf(countsOf(run, request), 'whole', false, context.settings),
      kv_transfer_params: null,
      ec_transfer_params: null,
      metrics: context.settings.perRequestMetrics ? requestMetrics(run, 'whole') : null,
    },
    loadHeader(req, context),
  );
}

function wholeChoice(
  answer: Collected,
  request: GenerationRequest,
  prompts: readonly Prompt[],
  settings: VllmSimSettings,
): object {
  const prompt = prompts[Math.floor(answer.choice.index / request.choices)];
  const echoed = prompt?.text ?? '';
  const text = request.echo && request.maxTokens === 0 ? '' : answer.content;
  return {
    index: answer.choice.index,
    text: echoed + text,
    logprobs: textLogprobs(answer.tokens, request.logprobs, echoed.length),
    finish_reason: answer.finish,
    stop_reason: answer.choice.stopReason,
    token_ids: request.returnTokenIds ? answer.tokens.map((token) => token.id) : null,
    prompt_logprobs: null,
    prompt_token_ids: request.returnTokenIds ? answer.choice.promptIds : null,
    routed_experts: null,
    ...(isSince033(settings) ? { weight_versions: null } : {}),
  };
}

async function textPrompt(
  prompt: string | readonly number[],
  request: GenerationRequest,
  fields: Fields,
  context: SimContext,
): Promise<Prompt> {
  const isText = typeof prompt === 'string';
  const { phase } = context.state;
  if (phase === 'stopping' || phase === 'engine-dead') throw engineDead();
  const ids = truncated(isText ? await encodeText([prompt], context) : prompt, fields);
  const asked = request.maxTokens ?? unstatedTokens(fields, context.settings);
  // Nothing but an echo was asked for; a token is generated all the same, and not shown (observed).
  const echoesOnly = request.echo && asked === 0;
  return {
    ids,
    maxTokens: allowedTokens(ids.length, echoesOnly ? 1 : asked, !isText, context.settings),
    startsThinking: false,
    thinks: false,
    topic: isText ? topicOf(prompt) : 'this',
    text: !request.echo ? '' : isText ? prompt : await context.counter.decode(prompt),
    planned: plannedJson(fields),
    parsesTools: false,
  };
}

/** The default is for a field that is absent: pydantic takes null for null, which is the rest of the window. serde tells them not apart. */
function unstatedTokens(fields: Fields, { frontEnd }: VllmSimSettings): number | null {
  return frontEnd === 'python' && fields.has('max_tokens') ? null : defaultMaxTokens;
}

function promptsOf(
  value: LosslessJson | undefined,
  settings: VllmSimSettings,
): (string | readonly number[])[] {
  if (value === undefined || value === null || value === '')
    throw badParameter('Either prompt or prompt_embeds must be provided and non-empty.', 'prompt');
  if (typeof value === 'string') return [value];
  if (settings.frontEnd === 'rust' && isBatch(value)) throw noBatch();
  const list: readonly LosslessJson[] = Array.isArray(value) ? value : [];
  if (list.length === 0) throw noPrompt(settings);
  if (list.every((item) => item instanceof JsonNumber)) return [idsOf(list)];
  return list.map((item) => (typeof item === 'string' ? item : idsOf(Array.isArray(item) ? item : [])));
}

function isBatch(value: LosslessJson): boolean {
  return Array.isArray(value) && value.some((item) => !(item instanceof JsonNumber));
}

/** What serde says of more than one prompt; it names the place too. */
function noBatch(): ApiError {
  const message =
    'Failed to deserialize the JSON body into the target type: prompt: data did not match any variant of untagged enum Prompt';
  return new ApiError(400, 'Bad Request', message);
}

function noPrompt(settings: VllmSimSettings): ApiError {
  const message = 'You must pass at least one prompt';
  return isSince033(settings) ? badParameter(message, 'prompt') : badRequest(message);
}

function idsOf(list: readonly LosslessJson[]): number[] {
  return list.map((item) => {
    const id = item instanceof JsonNumber ? Number(item.source) : Number.NaN;
    if (!(id >= 0 && id < vocabularySize)) throw badRequest(`Token id ${id} is out of vocabulary`);
    return id;
  });
}
