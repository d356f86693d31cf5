// QwQ-32B: always thinks. Its template opens `<think>` in the prompt and drops thinking from all but the last message.
import type { Turn } from './chat-turn.ts';
import type { ModelProfile } from './model-profile.ts';
import { stripNewlinesBefore } from './python-text.ts';
import { type ChatStyle, callText, type Place, renderChat } from './render-chat.ts';

export const QWQ: ModelProfile = {
  name: 'qwq',
  vocabulary: 'qwen3',
  originalMaxPosition: 32_768,
  sampling: {
    temperature: 0.6,
    topP: 0.95,
    topK: 40,
    minP: 0,
    source: 'QwQ-32B model card, usage guidelines 2 (top-k 20 to 40; never greedy)',
  },
  thinkMarks: { start: '<think>', end: '</think>' },
  render: (request) => renderChat(request, STYLE),
};

const STYLE: ChatStyle = {
  defaultSystem: null,
  toolsHead: (system) => `${system ?? ''}\n\n`,
  assistant: assistantText,
  answerHead: () => '<think>\n',
};

function assistantText(turn: Turn, place: Place): string {
  const content = place.isLast ? turn.content : withoutThinking(turn.content);
  if (turn.calls.length === 0) return '\n' + content;
  const said = turn.content === '' ? '' : '\n' + content;
  return said + turn.calls.map((call) => '\n' + callText(call)).join('');
}

function withoutThinking(content: string): string {
  const end = content.lastIndexOf('</think>');
  return stripNewlinesBefore(end < 0 ? content : content.slice(end + '</think>'.length));
}
