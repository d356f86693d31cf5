// Reads the generation fields chat and text completions share.
import type { GenerationRequest } from '../generation/generation-request.ts';
import { ApiError, badParameter, badRequest } from '../http/api-error.ts';
import type { VllmSimSettings } from '../options.ts';
import { checkSampling } from './check-values.ts';
import { type Fields, flag, integer, integers, object, text, texts } from './fields.ts';

/** An absent or empty model means the first one served. */
export function servedModel(fields: Fields, settings: VllmSimSettings): string {
  const asked = text(fields, 'model') ?? '';
  // Answers name the first served name, whichever was asked for.
  if (asked === '' || settings.servedNames.includes(asked)) return settings.servedNames[0] ?? '';
  const aliases = settings.servedNames.join(', ');
  const message = `The model \`${asked}\` does not exist. Valid aliases: ${aliases}.`;
  throw new ApiError(404, 'NotFoundError', message, 'model');
}

/** `outputFields`: those that state the output, the first wins; a chat has one more than a text completion. */
export function generationRequestOf(
  fields: Fields,
  settings: VllmSimSettings,
  outputFields: readonly string[],
): GenerationRequest {
  checkSampling(fields, settings);
  const stream = flag(fields, 'stream');
  const streamOptions = object(fields, 'stream_options');
  const includeUsage = stream && (settings.forceIncludeUsage || flag(streamOptions, 'include_usage'));
  return {
    model: servedModel(fields, settings),
    stream,
    includeUsage,
    continuousUsage:
      includeUsage && (settings.forceIncludeUsage || flag(streamOptions, 'continuous_usage_stats')),
    includeReasoning: flag(fields, 'include_reasoning', true),
    returnTokenIds: flag(fields, 'return_token_ids'),
    maxTokens: statedOutput(fields, outputFields),
    minTokens: integer(fields, 'min_tokens') ?? 0,
    ignoreEnd: flag(fields, 'ignore_eos'),
    stop: texts(fields, 'stop'),
    includeStop: flag(fields, 'include_stop_str_in_output'),
    stopTokenIds: integers(fields, 'stop_token_ids'),
    choices: integer(fields, 'n') ?? 1,
    cacheSalt: text(fields, 'cache_salt') ?? '',
    echo: flag(fields, 'echo'),
    thinkingBudget: integer(fields, 'thinking_token_budget'),
    streamInterval: Math.max(1, integer(fields, 'stream_interval') ?? 1),
    returnPromptText: flag(fields, 'return_prompt_text'),
    logprobs: logprobsOf(fields),
  };
}

function statedOutput(fields: Fields, outputFields: readonly string[]): number | null {
  for (const field of outputFields) {
    const tokens = integer(fields, field);
    if (tokens !== null) return tokens;
  }
  return null;
}

/** A chat says whether, and how many beside; a text completion says how many. */
function logprobsOf(fields: Fields): number | null {
  const logprobs = fields.get('logprobs');
  if (typeof logprobs === 'boolean') return logprobs ? (integer(fields, 'top_logprobs') ?? 0) : null;
  return integer(fields, 'logprobs');
}

/** The window check, with the texts of vLLM 0.32 (observed) and of 0.31 and before. */
export function allowedTokens(
  promptTokens: number,
  askedTokens: number | null,
  isTokenised: boolean,
  settings: VllmSimSettings,
): number {
  const { windowTokens } = settings;
  if (settings.frontEnd === 'rust' && promptTokens >= windowTokens)
    throw badRequest(
      `this model's maximum context length is ${windowTokens} tokens, but the prompt contains ${promptTokens} input tokens`,
    );
  if (promptTokens > windowTokens) {
    // Text is tokenised up to window + 1 only, so the true length is not known; ids are counted as they are.
    const shown = isTokenised ? `${promptTokens}` : `at least ${windowTokens + 1}`;
    const value = isTokenised ? promptTokens : windowTokens + 1;
    throw badParameter(
      `This model's maximum context length is ${windowTokens} tokens. However, your prompt contains ${shown} input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt.`,
      'input_tokens',
      value,
    );
  }
  if (settings.frontEnd === 'python' && askedTokens !== null && askedTokens > windowTokens)
    throw badParameter(
      `max_tokens=${BigInt(askedTokens)} cannot be greater than max_model_len=${settings.overWindow === 'refuse' ? 'max_total_tokens=' : ''}${windowTokens}. Please request fewer output tokens.`,
      'max_tokens',
      BigInt(askedTokens),
    );
  const roomTokens = windowTokens - promptTokens;
  if (settings.overWindow === 'refuse' && askedTokens !== null && askedTokens > roomTokens)
    throw badParameter(
      `This model's maximum context length is ${windowTokens} tokens. However, you requested ${askedTokens} output tokens and your prompt contains at least ${windowTokens - askedTokens + 1} input tokens, for a total of at least ${windowTokens + 1} tokens. Please reduce the length of the input prompt or the number of requested output tokens.`,
      'input_tokens',
      windowTokens - askedTokens + 1,
    );
  const tokens = Math.min(askedTokens ?? roomTokens, roomTokens);
  if (tokens < 1) throw badParameter(`max_tokens must be at least 1, got ${tokens}.`, 'max_tokens', tokens);
  return tokens;
}
