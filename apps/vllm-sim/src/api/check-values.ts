// Values a request may not have, in vLLM's words (SamplingParams and the request models of 0.32, observed).
import type { LosslessJson } from '#protocol';
import { ApiError, badParameter, badRequest } from '../http/api-error.ts';
import type { VllmSimSettings } from '../options.ts';
import { type Fields, flag, integer, integers, isObject, number, object, text, texts } from './fields.ts';

/** vocab_size of QwQ's config.json. */
const vocabularySize = 152_064;

/** What the request models themselves refuse, before the model name is looked at. */
function checkRequest(fields: Fields): void {
  if (fields.has('stream_options') && fields.get('stream_options') !== null && !flag(fields, 'stream'))
    throw badParameter('Stream options can only be defined when `stream=True`.', 'stream_options');
  if (text(fields, 'cache_salt') === '')
    throw badParameter("Parameter 'cache_salt' must be a non-empty string if provided.", 'cache_salt');
}

export function checkChat(fields: Fields, settings: VllmSimSettings): void {
  checkRequest(fields);
  checkTools(fields);
  const topLogprobs = integer(fields, 'top_logprobs') ?? 0;
  if (topLogprobs > 0 && !flag(fields, 'logprobs'))
    throw badParameter('when using `top_logprobs`, `logprobs` must be set to true.', 'top_logprobs');
  const budget = integer(fields, 'thinking_token_budget');
  if (budget !== null && settings.reasoningParser === null)
    throw badRequest(
      'thinking_token_budget is set but reasoning_config is not configured. Please set --reasoning-parser and/or --reasoning-config to use thinking_token_budget.',
    );
  if (text(fields, 'chat_template') !== null)
    throw badRequest(
      'Chat template is passed with request, but --trust-request-chat-template is not set. Refused request with untrusted chat template.',
    );
  checkToolParser(fields, settings);
}

function checkTools(fields: Fields): void {
  const tools = fields.get('tools');
  const choice = fields.get('tool_choice');
  if (Array.isArray(tools) && tools.length === 0)
    throw badParameter(
      '`tools` must not be an empty array. Either provide at least one tool or omit the field entirely.',
      'tools',
    );
  if (choice !== undefined && choice !== null && choice !== 'none' && !Array.isArray(tools))
    throw badParameter('When using `tool_choice`, `tools` must be set.', 'tool_choice');
  if (!isObject(choice) || !Array.isArray(tools)) return;
  const named = text(object(choice, 'function'), 'name');
  const names = tools.map((tool: LosslessJson) =>
    isObject(tool) ? text(object(tool, 'function'), 'name') : null,
  );
  if (!names.includes(named))
    throw badParameter(
      'The tool specified in `tool_choice` does not match any of the specified `tools`',
      'tool_choice',
    );
}

function checkToolParser(fields: Fields, settings: VllmSimSettings): void {
  if (settings.toolCalls || !Array.isArray(fields.get('tools'))) return;
  const choice = fields.get('tool_choice') ?? 'auto';
  if (choice === 'auto')
    throw badRequest(
      '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    );
  if (choice === 'required') throw badRequest('tool_choice="required" requires --tool-call-parser to be set');
}

export function checkText(fields: Fields): void {
  checkRequest(fields);
  if (text(fields, 'suffix') !== null)
    throw badRequest('suffix is only supported for models with FIM completion rendering', 'suffix');
  if (fields.has('prompt_embeds'))
    throw badParameter('You must set `--enable-prompt-embeds` to input `prompt_embeds`.', 'prompt_embeds');
}

/** What the engine's sampling parameters refuse. */
export function checkSampling(fields: Fields, settings: VllmSimSettings): void {
  const choices = integer(fields, 'n') ?? 1;
  if (settings.frontEnd === 'rust' && choices !== 1) throw badRequest('Only n=1 is supported.', 'n');
  if (choices < 1) throw badRequest(`n must be at least 1, got ${choices}.`);
  if (choices > 16_384)
    throw badRequest(
      `n must be at most 16384, got ${choices}. To increase this limit, set the VLLM_MAX_N_SEQUENCES environment variable.`,
    );
  checkTemperature(number(fields, 'temperature'));
  const topP = number(fields, 'top_p');
  if (topP !== null && !(topP > 0 && topP <= 1))
    throw badParameter(`top_p must be in (0, 1], got ${pythonFloat(topP)}.`, 'top_p', pythonFloat(topP));
  const topK = integer(fields, 'top_k');
  if (topK !== null && topK < -1) throw badRequest(`top_k must be 0 (disable), or at least 1, got ${topK}.`);
  if (texts(fields, 'stop').includes('')) throw badRequest('stop cannot contain an empty string.');
  const logprobs = integer(fields, 'top_logprobs') ?? integer(fields, 'logprobs') ?? 0;
  if (logprobs > 20)
    throw badParameter(
      `Requested sample logprobs of ${logprobs}, which is greater than max allowed: 20`,
      'logprobs',
      logprobs,
    );
  checkTokenIds(fields);
}

function checkTemperature(temperature: number | null): void {
  if (temperature === null || (temperature >= 0 && temperature <= 2)) return;
  const shown = pythonFloat(temperature);
  const rule = !Number.isFinite(temperature)
    ? 'must be a finite number'
    : temperature < 0
      ? 'must be non-negative'
      : 'must be in [0, 2]';
  throw badParameter(`temperature ${rule}, got ${shown}.`, 'temperature', shown);
}

function checkTokenIds(fields: Fields): void {
  const allowed = integers(fields, 'allowed_token_ids').filter((id) => id >= vocabularySize);
  if (allowed.length > 0)
    throw badParameter(
      'allowed_token_ids contains out-of-vocab token id!',
      'allowed_token_ids',
      `[${allowed.join(', ')}]`,
    );
  const biased = [...object(fields, 'logit_bias').keys()].filter((id) => Number(id) >= vocabularySize);
  if (biased.length === 0) return;
  const shown = `[${biased.join(', ')}]`;
  throw badParameter(
    `token_id(s) ${shown} in logit_bias contain out-of-vocab token ids. Vocabulary size: ${vocabularySize}`,
    'logit_bias',
    shown,
  );
}

/** One engine has one data-parallel rank. */
export function checkRank(header: string | string[] | undefined): void {
  const rank = Number(header);
  if (header === undefined || !Number.isInteger(rank) || rank === 0) return;
  throw new ApiError(400, 'BadRequestError', `data_parallel_rank ${rank} is out of range [0, 1).`);
}

/** A float as Python prints it: 3.0, -1.0, nan. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
