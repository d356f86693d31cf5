// The body of a chat completion that does not stream.
import type { FinishReason } from '../engine/sequence.ts';
import type { Choice } from '../generation/choice.ts';
import type { Run } from '../generation/run.ts';
import { usageOf } from '../generation/usage.ts';
import { isSince033 } from '../is-since-033.ts';
import type { ChatAnswerShape } from './chat-answer-shape.ts';
import type { Collected, CollectedCall } from './collect.ts';
import { chatLogprobs } from './logprobs.ts';
import { requestMetrics } from './request-metrics.ts';

export function wholeChat(answers: readonly Collected[], run: Run, shape: ChatAnswerShape): object {
  const { request, context, prompt } = shape;
  const sum = (of: (answer: Collected) => number) => answers.reduce((total, answer) => total + of(answer), 0);
  const counts = {
    promptTokens: prompt.ids.length,
    completionTokens: sum(({ choice }) => choice.completionTokens),
    reasoningTokens: sum(({ choice }) => choice.reasoningTokens),
    cachedTokens: run.cachedTokens(),
  };
  return {
    id: shape.id,
    object: 'chat.completion',
    created: shape.createdS,
    model: request.model,
    choices: answers.map((answer) => wholeChoice(answer, shape)),
    service_tier: null,
    system_fingerprint: context.fingerprint,
    usage: usageOf(counts, 'whole', true, context.settings),
    prompt_logprobs: null,
    prompt_token_ids: request.returnTokenIds ? prompt.ids : null,
    prompt_text: request.returnPromptText ? prompt.text : null,
    kv_transfer_params: null,
    ec_transfer_params: null,
    metrics: context.settings.perRequestMetrics ? requestMetrics(run, 'whole') : null,
  };
}

function wholeChoice(answer: Collected, shape: ChatAnswerShape): object {
  const { request, context } = shape;
  const reasoning = request.includeReasoning && answer.reasoning !== '' ? answer.reasoning : null;
  const content = shape.echoed + answer.content;
  // Beside calls, blank content is left out.
  const isEmpty = answer.calls.length > 0 ? content.trim() === '' : content === '';
  return {
    index: answer.choice.index,
    message: {
      role: 'assistant',
      content: isEmpty ? null : content,
      refusal: null,
      annotations: null,
      audio: null,
      function_call: null,
      ...(answer.calls.length > 0 ? { tool_calls: answer.calls.map(wholeCall) } : {}),
      reasoning,
      ...(context.settings.legacyReasoning ? { reasoning_content: reasoning } : {}),
    },
    logprobs: chatLogprobs(answer.tokens, request.logprobs),
    finish_reason: shownFinish(answer.finish, answer.choice, shape.callIsNamed),
    stop_reason: answer.choice.stopReason,
    token_ids: request.returnTokenIds ? answer.tokens.map((token) => token.id) : null,
    routed_experts: null,
    ...(isSince033(context.settings) ? { weight_versions: null } : {}),
  };
}

/** vLLM reads the arguments and writes them again, as Python's json.dumps does; broken ones stay as they are. */
function wholeCall({ id, name, arguments: spelled }: CollectedCall): object {
  return { id, type: 'function', function: { name, arguments: respelled(spelled) } };
}

function respelled(spelled: string): string {
  try {
    return pythonJson(JSON.parse(spelled));
  } catch {
    return spelled;
  }
}

function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonJson(item)}`);
  return `{${members.join(', ')}}`;
}

export function shownFinish(
  finish: FinishReason | null,
  choice: Choice,
  callIsNamed: boolean,
): string | null {
  return finish === 'stop' && choice.calls > 0 && !callIsNamed ? 'tool_calls' : finish;
}
