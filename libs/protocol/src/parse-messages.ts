// The messages of a chat: only what the prompt depends on is looked at and kept.
import { Fault } from './fault.ts';
import type { JsonObject } from './json-body.ts';
import { isWithinDepth, pathTooDeep } from './json-depth.ts';
import { type LosslessJson, type LosslessObject, MAX_JSON_DEPTH } from './lossless-json.ts';
import { invalid, readArray, readObject, readText } from './read-field.ts';
import type { ChatMessage, TextPart, ToolCall } from './request.ts';

/** More messages than this are refused: no model here has a window for them (an empty message costs 5 tokens). */
const MAX_MESSAGES = 65_536;

/** Levels a message may have, so that `messages` has no more than any other field. */
const MAX_MESSAGE_DEPTH = MAX_JSON_DEPTH - 1;

/** Field of a part that holds its text, by the part's type (vLLM: chat_utils.py, checked against a real server). */
const TEXT_FIELDS: ReadonlyMap<string, string> = new Map([
  ['text', 'text'],
  ['input_text', 'text'],
  ['output_text', 'text'],
  ['refusal', 'refusal'],
  ['thinking', 'thinking'],
]);

/**
 * What the engine looks for first in a part without a type, and in any with a `uuid` whatever its type (chat_utils.py,
 * `_parse_chat_message_content_mm_part`): it would fetch the address in it, and count other tokens than the text's.
 */
const MEDIA_FIELDS = [
  'image_url',
  'image_pil',
  'image_embeds',
  'audio_embeds',
  'video_embeds',
  'prompt_embeds',
  'audio_url',
  'input_audio',
  'video_url',
  'tool_reference',
] as const;

/**
 * Reads `messages`. `lossless` gives the same array read without loss; it is called only when a message has tool
 * calls, whose arguments may be JSON values. Throws a Fault naming the path of what is wrong.
 */
export function parseMessages(value: unknown, lossless: () => LosslessJson): readonly ChatMessage[] {
  if (value === undefined || value === null) throw invalid('messages', `'messages' is required.`);
  const items = readArray(value, 'messages');
  if (items.length === 0) {
    throw invalid(
      'messages',
      'Cannot apply chat template to an empty conversation. Provide at least one message.',
    );
  }
  if (items.length > MAX_MESSAGES)
    throw invalid('messages', `'messages' has ${items.length} entries; at most ${MAX_MESSAGES} are taken.`);
  // Before anything reads all of them at once, so that the refusal can say which.
  items.forEach(refuseDeep);
  let exact: LosslessJson | undefined;
  return items.map((item, index) => {
    const path = `messages[${index}]`;
    const message = readObject(item, path);
    const calls = message.tool_calls;
    if (Array.isArray(calls) && calls.length > 0) exact ??= lossless();
    return parseMessage(message, path, () => member(exact, index));
  });
}

function refuseDeep(message: unknown, index: number): void {
  if (isWithinDepth(message, MAX_MESSAGE_DEPTH)) return;
  const path = pathTooDeep(message, `messages[${index}]`, MAX_MESSAGE_DEPTH);
  throw invalid(path, `'${path}' is nested deeper than ${MAX_JSON_DEPTH} levels.`);
}

function parseMessage(message: JsonObject, path: string, exact: () => LosslessJson | undefined): ChatMessage {
  if (message.role === undefined) throw invalid(`${path}.role`, `'${path}.role' is required.`);
  return {
    role: readText(message.role, `${path}.role`),
    content: parseContent(message.content, `${path}.content`),
    reasoning: parseReasoning(message, path),
    toolCalls: parseToolCalls(message.tool_calls, `${path}.tool_calls`, exact),
  };
}

function parseContent(value: unknown, path: string): ChatMessage['content'] {
  if (value === undefined || value === null) return value;
  if (typeof value === 'string') return readText(value, path);
  if (!Array.isArray(value)) throw invalid(path, `'${path}' must be a string or an array of parts.`);
  return value.map((part, index) => parsePart(part, `${path}[${index}]`)).filter((part) => part !== null);
}

/** null for a part whose text is null: the engine leaves it out. */
function parsePart(value: unknown, path: string): TextPart | null {
  const part = readObject(value, path);
  const type = readText(part.type ?? 'text', `${path}.type`);
  const field = TEXT_FIELDS.get(type);
  if (!field) throw notText(path, `is of type '${type}'`);
  if (isNullish(part.type) || !isNullish(part.uuid)) {
    const media = MEDIA_FIELDS.find((name) => Object.hasOwn(part, name));
    if (media) throw notText(path, `has '${media}', which goes before its text`);
  }
  return part[field] === null ? null : { text: readText(part[field], `${path}.${field}`) };
}

function isNullish(value: unknown): boolean {
  return value === undefined || value === null;
}

function notText(path: string, why: string): Fault {
  return new Fault('unsupported_content', {
    message: `'${path}' ${why}: only text can be counted and sent to this model. (parameter=${path})`,
    param: path,
  });
}

function parseReasoning(message: JsonObject, path: string): string | null {
  const field =
    message.reasoning === undefined || message.reasoning === null ? 'reasoning_content' : 'reasoning';
  const value = message[field];
  return value === undefined || value === null ? null : readText(value, `${path}.${field}`);
}

function parseToolCalls(
  value: unknown,
  path: string,
  exact: () => LosslessJson | undefined,
): readonly ToolCall[] {
  if (value === undefined || value === null) return [];
  return readArray(value, path).map((item, index) => {
    const call = readObject(item, `${path}[${index}]`);
    const fn = readObject(call.function, `${path}[${index}].function`);
    if (call.type !== 'function')
      throw invalid(`${path}[${index}].type`, `'${path}[${index}].type' must be 'function'.`);
    const exactCall = member(member(member(exact(), 'tool_calls'), index), 'function');
    return {
      name: readText(fn.name, `${path}[${index}].function.name`),
      arguments: member(exactCall, 'arguments'),
    };
  });
}

function member(value: LosslessJson | undefined, key: string | number): LosslessJson | undefined {
  if (typeof key === 'number')
    return Array.isArray(value) ? (value[key] as LosslessJson | undefined) : undefined;
  return value instanceof Map ? (value as LosslessObject).get(key) : undefined;
}
