// POST /v1/chat/completions
import type { GenerationRequest } from '../generation/generation-request.ts';
import { type Prompt, prepareRun } from '../generation/run.ts';
import { usageOf } from '../generation/usage.ts';
import type { Exchange } from '../http/exchange.ts';
import { openStream, respondJson } from '../http/respond.ts';
import type { SimContext } from '../sim-context.ts';
import { ChatStream } from './chat-stream.ts';
import { checkChat, checkRank } from './check-values.ts';
import { type Collected, Collector } from './collect.ts';
import type { Fields } from './fields.ts';
import { allowedTokens, generationRequestOf } from './generation-fields.ts';
import { encodeText, renderChat, topicOf } from './prompts.ts';
import { nowS, requestId } from './request-id.ts';
import { chatSchema, checkSchema } from './schema.ts';

export async function chatCompletions(
  exchange: Exchange,
  fields: Fields,
  context: SimContext,
): Promise<void> {
  checkSchema(fields, chatSchema, ['messages']);
  checkChat(fields, context.settings);
  checkRank(exchange.req.headers['x-data-parallel-rank']);
  const request = generationRequestOf(fields, context.settings);
  const prompt = await chatPrompt(fields, request, context);
  const id = `chatcmpl-${requestId(exchange.req)}`;
  if (request.stream) await streamAnswer(exchange, request, prompt, context, id);
  else await wholeAnswer(exchange, request, prompt, context, id);
}

async function chatPrompt(fields: Fields, request: GenerationRequest, context: SimContext): Promise<Prompt> {
  const parts = renderChat(fields, context);
  const ids = await encodeText(parts, context);
  const maxTokens = allowedTokens(ids.length, request.maxTokens, false, context.settings);
  const startsThinking = context.settings.reasoningParser !== null;
  return { ids, maxTokens, startsThinking, thinks: true, topic: topicOf(parts.join('').slice(-2_000)) };
}

async function streamAnswer(
  exchange: Exchange,
  request: GenerationRequest,
  prompt: Prompt,
  context: SimContext,
  id: string,
): Promise<void> {
  const { res } = exchange;
  const stream = new ChatStream({ res, request, context, id, createdS: nowS(), open: () => openStream(res) });
  const run = await prepareRun(context, request, [prompt], exchange, stream);
  stream.follow(run);
  run.start();
}

async function wholeAnswer(
  exchange: Exchange,
  request: GenerationRequest,
  prompt: Prompt,
  context: SimContext,
  id: string,
): Promise<void> {
  const collector = new Collector();
  const run = await prepareRun(context, request, [prompt], exchange, collector);
  const answers = await collector.collect(run.choices, run.start, exchange.res);
  const sum = (of: (answer: Collected) => number) => answers.reduce((total, answer) => total + of(answer), 0);
  const counts = {
    promptTokens: prompt.ids.length,
    completionTokens: sum(({ choice }) => choice.completionTokens),
    reasoningTokens: sum(({ choice }) => choice.reasoningTokens),
    cachedTokens: run.cachedTokens(),
  };
  respondJson(exchange.res, {
    id,
    object: 'chat.completion',
    created: nowS(),
    model: request.model,
    choices: answers.map((answer) => wholeChoice(answer, request, context)),
    service_tier: null,
    system_fingerprint: context.fingerprint,
    usage: usageOf(counts, 'whole', true, context.settings),
    prompt_logprobs: null,
    prompt_token_ids: request.returnTokenIds ? prompt.ids : null,
    prompt_text: null,
    kv_transfer_params: null,
    ec_transfer_params: null,
    metrics: null,
  });
}

function wholeChoice(answer: Collected, request: GenerationRequest, { settings }: SimContext): object {
  const reasoning = request.includeReasoning && answer.reasoning !== '' ? answer.reasoning : null;
  return {
    index: answer.choice.index,
    message: {
      role: 'assistant',
      content: answer.content === '' ? null : answer.content,
      refusal: null,
      annotations: null,
      audio: null,
      function_call: null,
      reasoning,
      ...(settings.legacyReasoning ? { reasoning_content: reasoning } : {}),
    },
    logprobs: null,
    finish_reason: answer.finish,
    stop_reason: answer.choice.stopReason,
    token_ids: request.returnTokenIds ? answer.tokens.map((token) => token.id) : null,
    routed_experts: null,
  };
}
