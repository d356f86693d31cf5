// The arguments of an earlier tool call: sent as a string of JSON, printed by the template as an object.
import { type LosslessJson, MAX_JSON_DEPTH, parseLossless, stringEnd } from '#protocol';
import { pythonJson } from './python-json.ts';
import { refuse } from './refuse.ts';

/**
 * Python's spelling of the object in the string. What is not JSON, or JSON but not an object, counts as `{}`: vLLM
 * goes on with the conversation then. Throws a Fault for what it refuses.
 */
export function dumpArguments(value: LosslessJson | undefined, path: string): string {
  if (typeof value !== 'string') throw refuse(path, `'${path}' must be a string of JSON.`);
  if (value === '') return '{}';
  const text = dumpParsed(value, path);
  if (!text.isWellFormed()) throw refuse(path, `'${path}' has a lone surrogate, which is not text.`);
  return text;
}

function dumpParsed(text: string, path: string): string {
  try {
    const parsed = parseLossless(text);
    return parsed instanceof Map ? pythonJson(parsed) : '{}';
  } catch (error) {
    if (error instanceof RangeError) throw refuse(path, `'${path}' cannot be read: ${error.message}.`);
    if (!isNestedTooDeep(text)) return '{}';
    throw refuse(path, `'${path}' is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  }
}

/** Python reads a little deeper than we do: what only we cannot read must not pass for what nobody can. */
function isNestedTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const mark = text[at];
    if (mark === '"') at = stringEnd(text, at) - 1;
    else if (mark === '[' || mark === '{') depth++;
    else if (mark === ']' || mark === '}') depth--;
    if (depth > MAX_JSON_DEPTH) return true;
  }
  return false;
}
