// The types of request fields, checked as pydantic's lax mode does: "5" and 5.0 are integers, "yes" is a boolean.
import { JsonNumber, type LosslessJson } from '#protocol';
import { type Finding, shownInput, validationError } from '../http/validation-error.ts';
import { type Fields, isObject } from './fields.ts';

type Check = (value: LosslessJson, loc: string) => readonly Finding[];

const finding = (type: string, msg: string, value: LosslessJson, loc: string, ctx?: string): Finding => ({
  ...{ type, loc, msg, input: shownInput(value) },
  ...(ctx === undefined ? {} : { ctx }),
});

function integer(least?: number): Check {
  return (value, loc) => {
    if (typeof value === 'boolean') return [];
    if (typeof value === 'string' && !/^\s*[+-]?\d+(\.0*)?\s*$/.test(value)) {
      const msg = 'Input should be a valid integer, unable to parse string as an integer';
      return [finding('int_parsing', msg, value, loc)];
    }
    if (typeof value !== 'string' && !(value instanceof JsonNumber))
      return [finding('int_type', 'Input should be a valid integer', value, loc)];
    const number = Number(value instanceof JsonNumber ? value.source : value);
    if (!Number.isInteger(number)) {
      const msg = 'Input should be a valid integer, got a number with a fractional part';
      return [finding('int_from_float', msg, value, loc)];
    }
    if (least === undefined || number >= least) return [];
    const msg = `Input should be greater than or equal to ${least}`;
    return [finding('greater_than_equal', msg, value, loc, `'ge': ${least}`)];
  };
}

const float: Check = (value, loc) => {
  if (typeof value === 'boolean' || value instanceof JsonNumber) return [];
  if (typeof value !== 'string') return [finding('float_type', 'Input should be a valid number', value, loc)];
  if (value.trim() !== '' && !Number.isNaN(Number(value))) return [];
  const msg = 'Input should be a valid number, unable to parse string as a number';
  return [finding('float_parsing', msg, value, loc)];
};

const boolean: Check = (value, loc) => {
  if (typeof value === 'boolean') return [];
  const shown = value instanceof JsonNumber ? value.source : value;
  if (typeof shown !== 'string') return [finding('bool_type', 'Input should be a valid boolean', value, loc)];
  if (/^(true|false|1|0|1\.0|0\.0|yes|no|on|off|t|f|y|n)$/i.test(shown)) return [];
  const msg = 'Input should be a valid boolean, unable to interpret input';
  return [finding('bool_parsing', msg, value, loc)];
};

const string: Check = (value, loc) =>
  typeof value === 'string' ? [] : [finding('string_type', 'Input should be a valid string', value, loc)];

const list: Check = (value, loc) =>
  Array.isArray(value) ? [] : [finding('list_type', 'Input should be a valid list', value, loc)];

function literal(...allowed: readonly string[]): Check {
  const quoted = allowed.map((name) => `'${name}'`);
  const expected = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  return (value, loc) =>
    typeof value === 'string' && allowed.includes(value)
      ? []
      : [finding('literal_error', `Input should be ${expected}`, value, loc, `'expected': "${expected}"`)];
}

/** vLLM's VLLM_MAX_STOP_STRINGS. */
const maxStopStrings = 4;

const stop: Check = (value, loc) => {
  if (typeof value === 'string') return [];
  const asString = finding('string_type', 'Input should be a valid string', value, loc);
  if (!Array.isArray(value)) return [asString, ...list(value, loc)];
  if (value.length <= maxStopStrings) return [];
  const msg = `List should have at most ${maxStopStrings} items after validation, not ${value.length}`;
  const ctx = `'field_type': 'List', 'max_length': ${maxStopStrings}, 'actual_length': ${value.length}`;
  return [asString, finding('too_long', msg, value, loc, ctx)];
};

const tools: Check = (value, loc) => {
  if (!Array.isArray(value)) return list(value, loc);
  return value.flatMap((tool: LosslessJson, index: number) => {
    const called = isObject(tool) ? tool.get('function') : undefined;
    const at = `${loc}.${index}.function`;
    if (called === undefined) return [finding('missing', 'Field required', tool, at)];
    const name = isObject(called) ? called.get('name') : undefined;
    return name === undefined
      ? [finding('missing', 'Field required', called, `${at}.name`)]
      : string(name, `${at}.name`);
  });
};

/** A prompt is a text, texts, ids or lists of ids; pydantic lists what is wrong with each reading. */
const prompt: Check = (value, loc) => {
  if (typeof value === 'string' || !Array.isArray(value)) return [];
  const index = value.findIndex(
    (item: LosslessJson) => item instanceof JsonNumber && Number(item.source) < 0,
  );
  const bad = value[index];
  if (bad === undefined) return [];
  const at = `${loc}.${index}`;
  return [
    ...integer(0)(bad, at),
    ...list(bad, at),
    finding('string_type', 'Input should be a valid string', value, loc),
    ...string(bad, at),
  ];
};

const common: Readonly<Record<string, Check>> = {
  model: string,
  max_tokens: integer(),
  n: integer(),
  priority: integer(),
  seed: integer(),
  min_tokens: integer(),
  top_k: integer(),
  truncate_prompt_tokens: integer(-1),
  temperature: float,
  top_p: float,
  min_p: float,
  presence_penalty: float,
  frequency_penalty: float,
  repetition_penalty: float,
  stream: boolean,
  ignore_eos: boolean,
  echo: boolean,
  skip_special_tokens: boolean,
  return_token_ids: boolean,
  include_stop_str_in_output: boolean,
  cache_salt: string,
  stop,
};

export const chatSchema: Readonly<Record<string, Check>> = {
  ...common,
  messages: list,
  max_completion_tokens: integer(),
  thinking_token_budget: integer(),
  logprobs: boolean,
  top_logprobs: integer(),
  add_generation_prompt: boolean,
  continue_final_message: boolean,
  include_reasoning: boolean,
  reasoning_effort: literal('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
  tools,
};

export const textSchema: Readonly<Record<string, Check>> = { ...common, logprobs: integer(), prompt };

export const detokenizeSchema: Readonly<Record<string, Check>> = {
  model: string,
  tokens: (value, loc) =>
    Array.isArray(value)
      ? value.flatMap((item: LosslessJson, index: number) => integer(0)(item, `${loc}.${index}`))
      : list(value, loc),
};

/** Throws what pydantic would find. Null stands for an absent field. */
export function checkSchema(
  fields: Fields,
  schema: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
): void {
  const missing = required
    .filter((name) => !fields.has(name))
    .map((name) => finding('missing', 'Field required', fields, `body.${name}`));
  const wrong = Object.entries(schema).flatMap(([name, check]) => {
    const value = fields.get(name);
    return value === undefined || value === null ? [] : check(value, `body.${name}`);
  });
  if (missing.length + wrong.length > 0) throw validationError([...missing, ...wrong]);
}
