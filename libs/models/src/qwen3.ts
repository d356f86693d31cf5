// Qwen3 (the hybrid models of April 2025): thinks unless told not to. Its template keeps thinking only in the turns
// after the user's last question, that is, while tools are being called for an answer in the making.
import type { Turn } from './chat-turn.ts';
import type { ModelProfile } from './model-profile.ts';
import { stripNewlinesAfter, stripNewlinesBefore } from './python-text.ts';
import { type ChatStyle, callText, type Place, renderChat } from './render-chat.ts';
import { isThinkingEnabled } from './template-options.ts';

export const QWEN3: ModelProfile = {
  name: 'qwen3',
  vocabulary: 'qwen3',
  originalMaxPosition: 32_768,
  sampling: {
    temperature: 0.6,
    topP: 0.95,
    topK: 20,
    minP: 0,
    source: 'Qwen3 model card, best practices 1 (thinking; without thinking: temperature 0.7, top-p 0.8)',
  },
  thinkMarks: { start: '<think>', end: '</think>' },
  render: (request) => renderChat(request, STYLE),
};

const STYLE: ChatStyle = {
  defaultSystem: null,
  toolsHead: (system) => (system === null ? '' : `${system}\n\n`),
  assistant: assistantText,
  answerHead: (request) => (isThinkingEnabled(request) ? '' : '<think>\n\n</think>\n\n'),
};

function assistantText(turn: Turn, place: Place): string {
  const { reasoning, content } = splitThinking(turn);
  const calls = turn.calls.map(callText).join('\n');
  const called = content === '' || calls === '' ? calls : '\n' + calls;
  const keepsThinking = place.isAfterLastQuestion && (place.isLast || reasoning !== '');
  if (!keepsThinking) return `\n${content}${called}`;
  const thinking = stripNewlinesBefore(stripNewlinesAfter(reasoning));
  return `\n<think>\n${thinking}\n</think>\n\n${stripNewlinesBefore(content)}${called}`;
}

/** Thinking in a field of its own leaves the content as it is; else it is what stands between the marks in it. */
function splitThinking(turn: Turn): { readonly reasoning: string; readonly content: string } {
  const { content, reasoning } = turn;
  if (reasoning !== null) return { reasoning, content };
  const end = content.indexOf('</think>');
  if (end < 0) return { reasoning: '', content };
  const head = stripNewlinesAfter(content.slice(0, end));
  const start = head.lastIndexOf('<think>');
  return {
    reasoning: stripNewlinesBefore(start < 0 ? head : head.slice(start + '<think>'.length)),
    content: stripNewlinesBefore(content.slice(content.lastIndexOf('</think>') + '</think>'.length)),
  };
}
