// Stands in until #models exports profileNamed: the QwQ template without tools.
import type { ChatRequest, PromptParts } from '#protocol';

export function renderInterim(request: ChatRequest): PromptParts {
  const parts = request.messages.map((message, index) => {
    const content =
      typeof message.content === 'string'
        ? message.content
        : (message.content ?? []).map((part) => part.text).join('\n');
    const isLast = index === request.messages.length - 1;
    const shown =
      message.role === 'assistant' && !isLast
        ? (content.split('</think>').at(-1) ?? '').replace(/^\n+/, '')
        : content;
    return `<|im_start|>${message.role}\n${shown}<|im_end|>\n`;
  });
  return request.addGenerationPrompt ? [...parts, '<|im_start|>assistant\n<think>\n'] : parts;
}
