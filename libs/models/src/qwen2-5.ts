// Qwen2.5-Instruct: does not think, and is told who it is when the chat has no system message.
import type { Turn } from './chat-turn.ts';
import type { ModelProfile } from './model-profile.ts';
import { type ChatStyle, callText, renderChat } from './render-chat.ts';

const IDENTITY = 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.';

export const QWEN2_5: ModelProfile = {
  name: 'qwen2.5',
  vocabulary: 'qwen2.5',
  originalMaxPosition: 32_768,
  sampling: {
    temperature: 0.7,
    topP: 0.8,
    topK: 20,
    minP: 0,
    source: 'Qwen2.5-32B-Instruct generation_config.json (with repetition_penalty 1.05)',
  },
  thinkMarks: null,
  render: (request) => renderChat(request, STYLE),
};

const STYLE: ChatStyle = {
  defaultSystem: IDENTITY,
  toolsHead: (system) => `${system ?? IDENTITY}\n\n`,
  assistant: assistantText,
  answerHead: () => '',
};

function assistantText(turn: Turn): string {
  const said = turn.content === '' && turn.calls.length > 0 ? '' : '\n' + turn.content;
  return said + turn.calls.map((call) => '\n' + callText(call)).join('');
}
