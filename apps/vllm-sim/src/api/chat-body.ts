// Reads the chat messages of a request into the form the model profiles render.
import type { ChatMessage, LosslessJson, ToolCall } from '#protocol';
import { badRequest } from '../http/api-error.ts';
import { type Fields, isObject, text } from './fields.ts';

export function messagesOf(value: LosslessJson | undefined, model: string): ChatMessage[] {
  const list = Array.isArray(value) ? value : [];
  if (list.length === 0)
    throw badRequest('Cannot apply chat template to an empty conversation. Provide at least one message.');
  return list.map((message: LosslessJson) => messageOf(isObject(message) ? message : new Map(), model));
}

function messageOf(message: Fields, model: string): ChatMessage {
  return {
    role: String(message.get('role') ?? 'user'),
    content: contentOf(message.get('content'), model),
    reasoning: text(message, 'reasoning') ?? text(message, 'reasoning_content'),
    toolCalls: toolCallsOf(message.get('tool_calls')),
  };
}

function contentOf(value: LosslessJson | undefined, model: string): ChatMessage['content'] {
  if (value === undefined || value === null || typeof value === 'string') return value;
  if (!Array.isArray(value)) return String(value);
  return value.map((part: LosslessJson) => {
    if (typeof part === 'string') return { text: part };
    const shown = isObject(part) ? (part.get('text') ?? part.get('refusal')) : undefined;
    if (typeof shown !== 'string') throw badRequest(`${model} is not a multimodal model`);
    return { text: shown };
  });
}

function toolCallsOf(value: LosslessJson | undefined): ToolCall[] {
  if (!Array.isArray(value)) return [];
  return value.map((call: LosslessJson) => {
    const called = isObject(call) ? call.get('function') : undefined;
    const fields: Fields = isObject(called) ? called : new Map();
    return { name: String(fields.get('name') ?? ''), arguments: fields.get('arguments') };
  });
}
