// POST /v1/chat/completions
import type { GenerationRequest } from '../generation/generation-request.ts';
import { type Prompt, prepareRun } from '../generation/run.ts';
import type { Exchange } from '../http/exchange.ts';
import { loadHeader } from '../http/load-header.ts';
import { respondJson } from '../http/respond.ts';
import type { SimContext } from '../sim-context.ts';
import { wholeChat } from './chat-answer.ts';
import type { ChatAnswerShape } from './chat-answer-shape.ts';
import { ChatStream } from './chat-stream.ts';
import { checkChat, checkRank } from './check-values.ts';
import { Collector } from './collect.ts';
import { type Fields, flag, isObject } from './fields.ts';
import { allowedTokens, generationRequestOf } from './generation-fields.ts';
import { plannedCall } from './planned-call.ts';
import { plannedJson } from './planned-json.ts';
import { encodeText, lastMessageText, renderChat, topicOf, truncated } from './prompts.ts';
import { refuseEmpty } from './refuse-empty.ts';
import { nowS, requestId } from './request-id.ts';
import { chatSchema, checkSchema } from './schema.ts';

const outputFields = ['max_completion_tokens', 'max_tokens'];

export async function chatCompletions(
  exchange: Exchange,
  fields: Fields,
  context: SimContext,
): Promise<void> {
  const { req, res } = exchange;
  checkSchema(fields, chatSchema, ['messages']);
  checkChat(fields, context.settings);
  checkRank(req.headers['x-data-parallel-rank']);
  const request = generationRequestOf(fields, context.settings, outputFields);
  const prompt = await chatPrompt(fields, request, context);
  if (refuseEmpty([prompt], request.stream, res, context.settings)) return;
  const shape: ChatAnswerShape = {
    ...{ request, context, prompt, createdS: nowS() },
    id: `chatcmpl-${requestId(req, fields, context.settings)}`,
    callIsNamed: isObject(fields.get('tool_choice')),
    echoed: flag(fields, 'echo') ? lastMessageText(fields) : '',
  };
  if (request.stream) {
    const stream = new ChatStream(res, shape);
    const run = await prepareRun(context, request, [prompt], exchange, stream);
    stream.follow(run);
    run.start();
    return;
  }
  const collector = new Collector();
  const run = await prepareRun(context, request, [prompt], exchange, collector);
  const answers = await collector.collect(run.choices, run.start, res);
  respondJson(res, wholeChat(answers, run, shape), loadHeader(req, context));
}

async function chatPrompt(fields: Fields, request: GenerationRequest, context: SimContext): Promise<Prompt> {
  const { settings } = context;
  const parts = renderChat(fields, context);
  const ids = truncated(await encodeText(parts, context), fields);
  return {
    ids,
    maxTokens: allowedTokens(ids.length, request.maxTokens, false, settings),
    startsThinking: settings.reasoningParser !== null,
    thinks: true,
    topic: topicOf(lastMessageText(fields)),
    text: request.returnPromptText ? parts.join('') : '',
    planned: plannedCall(fields, lastMessageText(fields)) ?? plannedJson(fields),
    parsesTools: settings.toolCalls && fields.has('tools') && fields.get('tool_choice') !== 'none',
  };
}
