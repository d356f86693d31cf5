// What vLLM's Python front end does to the messages of a chat before the template sees them (vLLM 0.32.0,
// renderers/chat_utils.py and renderers/hf.py; checked against recorded answers in test/fixtures/vllm-golden).
import type { ChatMessage, TextPart, ToolCall } from '#protocol';
import type { CallText, Turn } from './chat-turn.ts';
import { dumpArguments } from './dump-arguments.ts';
import { refuse } from './refuse.ts';

/** The turns the template loops over. Throws a Fault naming the message vLLM would refuse. */
export function normaliseMessages(messages: readonly ChatMessage[]): readonly Turn[] {
  if (messages.length === 0) {
    throw refuse(
      'messages',
      'Cannot apply chat template to an empty conversation. Provide at least one message.',
    );
  }
  const turns = messages.map(normaliseMessage);
  return messages.some((message) => message.role === 'developer') ? mergeSystem(turns) : turns;
}

const NO_CALLS: readonly CallText[] = [];
/** Roles whose schema lets content be null; all may leave it out. */
const NULL_CONTENT: ReadonlySet<string> = new Set(['assistant', 'function']);

function normaliseMessage(message: ChatMessage, index: number): Turn {
  const { role } = message;
  const isAssistant = role === 'assistant';
  if (message.content === null && !NULL_CONTENT.has(role)) {
    throw refuse(
      `messages[${index}].content`,
      `'messages[${index}].content' must not be null in a message of role '${role}'; send text or leave it out.`,
    );
  }
  return {
    role: role === 'developer' ? 'system' : role,
    content: contentText(message),
    reasoning: isAssistant ? message.reasoning : null,
    calls: isAssistant && message.toolCalls.length > 0 ? callTexts(message.toolCalls, index) : NO_CALLS,
  };
}

/** Empty parts are dropped, not joined: ["a", "", "b"] is "a\nb". */
function contentText({ role, content }: ChatMessage): string {
  if (typeof content === 'string') return role === 'system' ? withoutBillingHeader(content) : content;
  if (content === null || content === undefined) return '';
  return content
    .map((part: TextPart) => (role === 'system' ? withoutBillingHeader(part.text) : part.text))
    .filter((text) => text !== '')
    .join('\n');
}

/** Claude Code writes such a line, different in every request; vLLM drops it so that prefixes stay equal. */
const BILLING_HEADER = 'x-anthropic-billing-header';

function withoutBillingHeader(text: string): string {
  if (!text.startsWith(BILLING_HEADER)) return text;
  const lineEnd = text.indexOf('\n');
  return lineEnd < 0 ? '' : text.slice(lineEnd + 1);
}

function callTexts(calls: readonly ToolCall[], index: number): readonly CallText[] {
  return calls.map((call, at) => ({
    name: call.name,
    arguments: dumpArguments(call.arguments, `messages[${index}].tool_calls[${at}].function.arguments`),
  }));
}

/**
 * A template that does not know the role developer gets system instead, and then, if a system message is not the
 * first and only one, all of them are moved into one at the front. Without a developer message nothing moves.
 */
function mergeSystem(turns: readonly Turn[]): readonly Turn[] {
  const system = turns.filter((turn) => turn.role === 'system');
  if (system.length === 1 && turns[0]?.role === 'system') return turns;
  const content = system
    .map((turn) => turn.content)
    .filter((text) => text !== '')
    .join('\n\n');
  const merged: Turn = { role: 'system', content, reasoning: null, calls: NO_CALLS };
  return [merged, ...turns.filter((turn) => turn.role !== 'system')];
}
