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
  const deferLoading = flag(tool, 'defer_loading', path);
  const dumped = new Map<string, LosslessJson>([
    ['type', 'function'],
    [
      'function',
      dumpFunction(object(tool.get('function'), `${path}.function`), `${path}.function`, deferLoading),
    ],
  ]);
  if (deferLoading !== null) dumped.set('defer_loading', deferLoading);
  return write(dumped, path);
}

/** A missing description is written as null, a missing flag not at all; `defer_loading` is handed down by the tool. */
function dumpFunction(fn: LosslessObject, path: string, toolDeferLoading: LosslessJson): LosslessObject {
  const dumped = new Map<string, LosslessJson>([
    ['name', name(fn, path)],
    ['description', optional(fn, 'description', path, TEXT)],
    ['parameters', optional(fn, 'parameters', path, OBJECT)],
  ]);
  const strict = flag(fn, 'strict', path);
  if (strict !== null) dumped.set('strict', strict);
  const deferLoading = flag(fn, 'defer_loading', path) ?? toolDeferLoading;
  if (deferLoading !== null) dumped.set('defer_loading', deferLoading);
  return dumped;
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

/** What a member may be besides null. */
interface Kind {
  readonly name: string;
  fits(value: LosslessJson): boolean;
}

const FLAG: Kind = { name: 'true or false', fits: (value) => typeof value === 'boolean' };
const TEXT: Kind = { name: 'a string', fits: (value) => typeof value === 'string' };
const OBJECT: Kind = { name: 'an object', fits: isObject };

function isObject(value: LosslessJson): value is LosslessObject {
  return value instanceof Map;
}

function object(value: LosslessJson | undefined, path: string): LosslessObject {
  if (value !== undefined && isObject(value)) return value;
  throw refuse(path, `'${path}' must be an object.`);
}

function name(fn: LosslessObject, path: string): LosslessJson {
  const value = fn.get('name');
  if (typeof value === 'string') return value;
  throw refuse(`${path}.name`, `'${path}.name' must be a string.`);
}

function flag(owner: LosslessObject, key: string, path: string): LosslessJson {
  return optional(owner, key, path, FLAG);
}

function optional(owner: LosslessObject, key: string, path: string, kind: Kind): LosslessJson {
  const value = owner.get(key) ?? null;
  if (value === null || kind.fits(value)) return value;
  throw refuse(`${path}.${key}`, `'${path}.${key}' must be ${kind.name}.`);
}
