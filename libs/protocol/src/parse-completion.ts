// A body becomes a request. Validation only of what Ropeway acts on; unknown fields stay in the bytes and go through.
import { Fault } from './fault.ts';
import { JsonBody, type JsonObject } from './json-body.ts';
import { isWithinDepth } from './json-depth.ts';
import { type LosslessJson, MAX_JSON_DEPTH, parseLossless } from './lossless-json.ts';
import { parseMessages } from './parse-messages.ts';
import {
  invalid,
  readArray,
  readBoolean,
  readObject,
  readString,
  readText,
  readWhole,
} from './read-field.ts';
import { MOST_JSON_PARTS } from './refuse-costly.ts';
import type { ChatRequest, CompletionRequest, TextRequest } from './request.ts';

export interface ParseRules {
  /** Largest `n` (and prompts of a batch) taken. */
  readonly maxAnswers: number;
  /** Fields that steer the engine which this key may use; all others of the list are refused. */
  readonly allowedFields: ReadonlySet<string>;
  /** The endpoint streams nothing: `stream` and its options are fields it does not know. */
  readonly ignoresStream?: boolean;
}

/**
 * Body fields that steer the engine or make it reach other hosts: refused unless the key's scope allows them.
 * (vLLM: protocol.py of chat and completions; `request_id` would collide with ours, `cache_salt` and `priority`
 * reach over to other tenants.)
 */
export const STEERING_FIELDS = [
  'priority',
  'kv_transfer_params',
  'cache_salt',
  'request_id',
  'prompt_embeds',
  'chat_template',
  'mm_processor_kwargs',
  'ec_transfer_params',
  'kv_cache_report_mode',
] as const;

/**
 * Those of them that the engine reads out of `vllm_xargs`, too: it becomes `SamplingParams.extra_args`, from which
 * vllm/v1/request.py takes them whatever their type is. Its other members are for logits processors.
 */
const STEERING_XARGS = ['kv_transfer_params', 'ec_transfer_params', 'kv_cache_report_mode'] as const;

const NO_STREAM_OPTIONS = { usage: false, continuous: false };

/** Parses a chat or text completion. Throws a Fault naming the field that is wrong. */
export function parseCompletion(kind: 'chat' | 'text', bytes: Buffer, rules: ParseRules): CompletionRequest {
  const body = new JsonBody(bytes);
  return kind === 'chat' ? parseChat(body, rules) : parseText(body, rules);
}

export function parseChat(body: JsonBody, rules: ParseRules): ChatRequest {
  const value = body.value;
  refuseFields(value, rules, 'messages');
  return {
    kind: 'chat',
    ...parseShared(body, rules),
    statedOutput: parseChatOutput(value),
    messages: parseMessages(value.messages, () => losslessMember(body, 'messages', MOST_JSON_PARTS)),
    tools: parseTools(body),
    addGenerationPrompt: readBoolean(value, 'add_generation_prompt', true),
    continueFinalMessage: readBoolean(value, 'continue_final_message', false),
    templateKwargs: parseTemplateKwargs(body),
    reasoningEffort: readString(value, 'reasoning_effort'),
  };
}

export function parseText(body: JsonBody, rules: ParseRules): TextRequest {
  refuseFields(body.value, rules, 'prompt');
  return {
    kind: 'text',
    ...parseShared(body, rules),
    statedOutput: parseTextOutput(body.value),
    prompts: parsePrompts(body.value.prompt, rules.maxAnswers),
  };
}

function parseShared(body: JsonBody, rules: ParseRules) {
  const value = body.value;
  const stream = rules.ignoresStream ? false : readBoolean(value, 'stream', false);
  const options = rules.ignoresStream ? NO_STREAM_OPTIONS : streamOptions(value, stream);
  const answers = readWhole(value, 'n', 1) ?? 1;
  if (answers > rules.maxAnswers)
    throw invalid('n', `n must be at most ${rules.maxAnswers}, got ${answers}.`);
  // Anything but true and false is refused: vLLM reads 1 and "true" as true.
  if (readBoolean(value, 'use_beam_search', false))
    throw invalid('use_beam_search', 'Beam search is not supported.');
  return {
    model: readString(value, 'model') ?? '',
    body,
    stream,
    wantsUsage: options.usage,
    wantsContinuousUsage: options.continuous,
    answers,
    truncatePromptTokens: readWhole(value, 'truncate_prompt_tokens', -1),
  };
}

function streamOptions(value: JsonObject, stream: boolean): { usage: boolean; continuous: boolean } {
  if (value.stream_options === undefined || value.stream_options === null) return NO_STREAM_OPTIONS;
  if (!stream) throw invalid('stream_options', 'Stream options can only be defined when `stream=True`.');
  const options = readObject(value.stream_options, 'stream_options');
  const usage = readBoolean(options, 'include_usage', false, 'stream_options.include_usage');
  const continuous = readBoolean(
    options,
    'continuous_usage_stats',
    false,
    'stream_options.continuous_usage_stats',
  );
  return { usage, continuous: usage && continuous };
}

/** `max_completion_tokens` wins, as in vLLM. */
function parseChatOutput(value: JsonObject): ChatRequest['statedOutput'] {
  const completion = readWhole(value, 'max_completion_tokens', 1);
  const output = readWhole(value, 'max_tokens', 1);
  if (completion !== null) return { tokens: completion, source: 'max_completion_tokens' };
  return output === null ? null : { tokens: output, source: 'max_tokens' };
}

/** vLLM's CompletionRequest has no `max_completion_tokens`: to a text it is a field nobody knows. */
function parseTextOutput(value: JsonObject): TextRequest['statedOutput'] {
  const echoesOnly = value.max_tokens === 0 && readBoolean(value, 'echo', false);
  const output = readWhole(value, 'max_tokens', echoesOnly ? 0 : 1);
  if (output === null) return null;
  // Scoring a prompt: vLLM makes one token all the same and shows none (`echo_without_generation`).
  return { tokens: Math.max(output, 1), source: 'max_tokens' };
}

/** `looked`: the field whose reader looks at its depth itself. */
function refuseFields(value: JsonObject, rules: ParseRules, looked: 'messages' | 'prompt'): void {
  refuseSteering(value, STEERING_FIELDS, '', rules);
  const xargs = value.vllm_xargs;
  // Of another type than an object it is refused by vLLM.
  if (typeof xargs === 'object' && xargs !== null)
    refuseSteering(xargs as JsonObject, STEERING_XARGS, 'vllm_xargs.', rules);
  for (const field of Object.keys(value)) {
    if (field === looked || isWithinDepth(value[field], MAX_JSON_DEPTH)) continue;
    throw invalid(field, `'${field}' is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  }
}

function refuseSteering(
  value: JsonObject,
  fields: readonly string[],
  prefix: string,
  { allowedFields }: ParseRules,
): void {
  for (const field of fields) {
    if (value[field] === undefined || value[field] === null || allowedFields.has(field)) continue;
    const param = `${prefix}${field}`;
    throw new Fault('field_not_allowed', {
      message: `'${param}' steers the engine and is not allowed for this key; leave it out. (parameter=${param})`,
      param,
    });
  }
}

function parseTools(body: JsonBody): readonly LosslessJson[] | null {
  const value = body.value.tools;
  if (value === undefined || value === null) return null;
  readArray(value, 'tools').forEach((item, index) => {
    const fn = readObject(readObject(item, `tools[${index}]`).function, `tools[${index}].function`);
    readText(fn.name, `tools[${index}].function.name`);
  });
  const exact = losslessMember(body, 'tools');
  return Array.isArray(exact) ? exact : [];
}

/** Templates read a handful. */
const MOST_KWARGS = 1_024;

function parseTemplateKwargs(body: JsonBody): ReadonlyMap<string, LosslessJson> {
  const value = body.value.chat_template_kwargs;
  if (value === undefined || value === null) return new Map();
  const count = Object.keys(readObject(value, 'chat_template_kwargs')).length;
  if (count > MOST_KWARGS)
    throw invalid(
      'chat_template_kwargs',
      `'chat_template_kwargs' has ${count} members; at most ${MOST_KWARGS} are taken.`,
    );
  const exact = losslessMember(body, 'chat_template_kwargs');
  return exact instanceof Map ? (exact as ReadonlyMap<string, LosslessJson>) : new Map();
}

function parsePrompts(value: unknown, most: number): TextRequest['prompts'] {
  if (value === undefined || value === null) throw invalid('prompt', `'prompt' is required.`);
  if (typeof value === 'string') return [readText(value, 'prompt')];
  const items = readArray(value, 'prompt');
  if (items.length === 0)
    throw invalid('prompt', 'Either prompt or prompt_embeds must be provided and non-empty.');
  if (typeof items[0] === 'number') return [readIds(items, 'prompt')];
  if (items.length > most)
    throw invalid('prompt', `'prompt' has ${items.length} entries; at most ${most} are taken.`);
  return items.map((item, index) => {
    const path = `prompt[${index}]`;
    return typeof item === 'string' ? readText(item, path) : readIds(readArray(item, path), path);
  });
}

function readIds(items: readonly unknown[], path: string): readonly number[] {
  items.forEach((item, index) => {
    if (!Number.isInteger(item) || Number(item) < 0)
      throw invalid(`${path}[${index}]`, `'${path}[${index}]' must be a token id.`);
  });
  return items as readonly number[];
}

function losslessMember(body: JsonBody, member: string, most?: number): LosslessJson {
  try {
    return parseLossless(body.text(member) ?? 'null', most);
  } catch (error) {
    throw invalid(
      member,
      `'${member}' cannot be read: ${error instanceof Error ? error.message : 'not JSON'}.`,
    );
  }
}
