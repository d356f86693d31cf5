// JSON as Python's `json.dumps(value, ensure_ascii=False)` writes it. Chat templates print tools and arguments with it,
// so its separators, number spelling and escapes decide how many tokens they are.
import { JsonNumber, type LosslessJson, type LosslessObject } from '#protocol';
import { pythonNumber } from './python-number.ts';

/** Writes one value. Throws RangeError for what Python's json cannot read either (see pythonNumber). */
export function pythonJson(value: LosslessJson): string {
  if (typeof value === 'string') return quote(value);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof JsonNumber) return pythonNumber(value.source);
  return isObject(value) ? objectText(value) : arrayText(value);
}

/** Array.isArray does not narrow read-only arrays, so objects are told by their Map. */
function isObject(value: LosslessObject | readonly LosslessJson[]): value is LosslessObject {
  return value instanceof Map;
}

function objectText(members: LosslessObject): string {
  let text = '';
  for (const [key, value] of members) {
    text += (text === '' ? '{' : ', ') + quote(key) + ': ' + pythonJson(value);
  }
  return text === '' ? '{}' : text + '}';
}

function arrayText(items: readonly LosslessJson[]): string {
  let text = '';
  for (const item of items) text += (text === '' ? '[' : ', ') + pythonJson(item);
  return text === '' ? '[]' : text + ']';
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: json.encoder.ESCAPE of Python's standard library
const ESCAPED = /["\\\u0000-\u001f]/;
const EVERY_ESCAPED = new RegExp(ESCAPED, 'g');

/**
 * Python escapes what JSON.stringify does (quote, backslash, below U+0020; not U+007F, not U+2028), but for lone
 * surrogates: those it leaves as they are, and so do we, for whoever checks that the prompt is text.
 */
function quote(text: string): string {
  if (!ESCAPED.test(text)) return `"${text}"`;
  return `"${text.replace(EVERY_ESCAPED, (found) => JSON.stringify(found).slice(1, -1))}"`;
}
