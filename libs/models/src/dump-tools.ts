// A tool as vLLM hands it to the template: read by its schema and written again, so only known members survive, in
// the schema's order, with null for a missing description or parameters (vLLM 0.32.0, ChatCompletionToolsParam).
import type { LosslessJson, LosslessObject } from '#protocol';
import { pythonJson } from './python-json.ts';
import { refuse } from './refuse.ts';

/** One line of JSON a tool, in Python's spelling. Throws a Fault naming the member vLLM would refuse. */
export function dumpTools(tools: readonly LosslessJson[]): readonly string[] {
  if (tools.length === 0) {
    throw refuse(
      'tools',
      '`tools` must not be an empty array. Either provide at least one tool or omit the field entirely.',
    );
  }
  return tools.map((tool, index) => dumpTool(tool, `tools[${index}]`));
}

function dumpTool(value: LosslessJson, path: string): string {
  const tool = object(value, path);
  const type = tool.get('type');
  if (type !== undefined && type !== 'function')
    throw refuse(`${path}.type`, `'${path}.type' must be 'function'.`);
  const fn = object(tool.get('function'), `${path}.function`);
  const flag = (owner: LosslessObject, name: string, at: string) =>
    optional(owner, name, at, 'true or false', isBoolean);
  const defer = flag(tool, 'defer_loading', path);
  const members = new Map<string, LosslessJson>([
    ['name', required(fn, 'name', `${path}.function`)],
    ['description', optional(fn, 'description', `${path}.function`, 'a string', isString)],
    ['parameters', optional(fn, 'parameters', `${path}.function`, 'an object', isObject)],
  ]);
  const strict = flag(fn, 'strict', `${path}.function`);
  if (strict !== null) members.set('strict', strict);
  const deferFunction = flag(fn, 'defer_loading', `${path}.function`) ?? defer;
  if (deferFunction !== null) members.set('defer_loading', deferFunction);
  const dumped = new Map<string, LosslessJson>([
    ['type', 'function'],
    ['function', members],
  ]);
  if (defer !== null) dumped.set('defer_loading', defer);
  return write(dumped, path);
}

function write(tool: LosslessObject, path: string): string {
  let text: string;
  try {
    text = pythonJson(tool);
  } catch (error) {
    if (error instanceof RangeError) throw refuse(path, `'${path}' cannot be read: ${error.message}.`);
    throw error;
  }
  if (!text.isWellFormed()) throw refuse(path, `'${path}' has a lone surrogate, which is not text.`);
  return text;
}

const isBoolean = (value: LosslessJson) => typeof value === 'boolean';
const isString = (value: LosslessJson) => typeof value === 'string';
const isObject = (value: LosslessJson): value is LosslessObject => value instanceof Map;

function object(value: LosslessJson | undefined, path: string): LosslessObject {
  if (value !== undefined && isObject(value)) return value;
  throw refuse(path, `'${path}' must be an object.`);
}

function required(owner: LosslessObject, name: string, path: string): LosslessJson {
  const value = owner.get(name);
  if (typeof value === 'string') return value;
  throw refuse(`${path}.${name}`, `'${path}.${name}' must be a string.`);
}

function optional(
  owner: LosslessObject,
  name: string,
  path: string,
  kind: string,
  fits: (value: LosslessJson) => boolean,
): LosslessJson {
  const value = owner.get(name) ?? null;
  if (value === null || fits(value)) return value;
  throw refuse(`${path}.${name}`, `'${path}.${name}' must be ${kind}.`);
}
