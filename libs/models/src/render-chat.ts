// The chat format all Qwen families share, written by hand (docs/adr/0003): their templates differ only in what a
// ChatStyle says. Test fixtures hold what the official templates render with Python's jinja2.
import { type ChatRequest, Fault, type PromptParts } from '#protocol';
import type { CallText, Turn } from './chat-turn.ts';
import { cutAtContinuation, markContinuation } from './continue-final-message.ts';
import { dumpTools } from './dump-tools.ts';
import type { Rendered } from './model-profile.ts';
import { normaliseMessages } from './normalise-messages.ts';
import { checkTemplateOptions } from './template-options.ts';

/** Where an assistant turn stands; a template keeps or drops thinking by it. */
export interface Place {
  readonly isLast: boolean;
  /** No question of the user follows: the turn belongs to the answer in the making. */
  readonly isAfterLastQuestion: boolean;
}

/** How one family's template differs from the others. */
export interface ChatStyle {
  /** System text of a chat that has none; null writes no system message then. */
  readonly defaultSystem: string | null;
  /** What stands before the tools; `system` is null when there is no system text, not even a default. */
  toolsHead(system: string | null): string;
  /** What stands between `<|im_start|>assistant` and `<|im_end|>`. */
  assistant(turn: Turn, place: Place): string;
  /** What the answer's opening `<|im_start|>assistant\n` goes on with. */
  answerHead(request: ChatRequest): string;
}

/** Renders a chat as vLLM's Python front end would; it refuses what that would answer with 400. Never throws. */
export function renderChat(request: ChatRequest, style: ChatStyle): Rendered {
  try {
    return { rendered: true, parts: chatParts(request, style) };
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault('internal_error', { cause: error });
    return { rendered: false, fault };
  }
}

/** One earlier call, as every family writes it. */
export function callText(call: CallText): string {
  return `<tool_call>\n{"name": "${call.name}", "arguments": ${call.arguments}}\n</tool_call>`;
}

function chatParts(request: ChatRequest, style: ChatStyle): PromptParts {
  checkTemplateOptions(request);
  const turns = normaliseMessages(request.messages);
  const tools = request.tools === null ? null : dumpTools(request.tools);
  if (!request.continueFinalMessage) return writeParts(turns, tools, style, request);
  return cutAtContinuation(writeParts(markContinuation(turns), tools, style, request), turns);
}

/** One part a message (a run of tool results is one message): each begins with the special token `<|im_start|>`. */
function writeParts(
  turns: readonly Turn[],
  tools: readonly string[] | null,
  style: ChatStyle,
  request: ChatRequest,
): PromptParts {
  const parts = systemParts(turns, tools, style);
  const lastQuestion = lastQuestionIndex(turns);
  for (const [index, turn] of turns.entries()) {
    switch (turn.role) {
      case 'system':
        if (index > 0) parts.push(`<|im_start|>system\n${turn.content}<|im_end|>\n`);
        break;
      case 'user':
        parts.push(`<|im_start|>user\n${turn.content}<|im_end|>\n`);
        break;
      case 'assistant': {
        const place = { isLast: index === turns.length - 1, isAfterLastQuestion: index > lastQuestion };
        parts.push(`<|im_start|>assistant${style.assistant(turn, place)}<|im_end|>\n`);
        break;
      }
      case 'tool':
        if (turns[index - 1]?.role !== 'tool')
          parts.push(`<|im_start|>user${resultsText(turns, index)}<|im_end|>\n`);
        break;
      default: // The templates drop messages of any other role.
    }
  }
  if (request.addGenerationPrompt) parts.push(`<|im_start|>assistant\n${style.answerHead(request)}`);
  return parts;
}

function systemParts(turns: readonly Turn[], tools: readonly string[] | null, style: ChatStyle): string[] {
  const first = turns[0];
  const system = first?.role === 'system' ? first.content : style.defaultSystem;
  if (tools === null) return system === null ? [] : [`<|im_start|>system\n${system}<|im_end|>\n`];
  return [
    `<|im_start|>system\n${style.toolsHead(system)}${TOOLS_HEAD}${tools.join('\n')}${TOOLS_TAIL}<|im_end|>\n`,
  ];
}

const TOOLS_HEAD = `# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
`;

const TOOLS_TAIL = `
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>`;

/** The run of tool results that begins at `start`. */
function resultsText(turns: readonly Turn[], start: number): string {
  let text = '';
  for (let index = start; turns[index]?.role === 'tool'; index++) {
    text += `\n<tool_response>\n${turns[index]?.content}\n</tool_response>`;
  }
  return text;
}

/** A user message that wraps a tool's response is no question; without any question, the last message counts as it. */
function lastQuestionIndex(turns: readonly Turn[]): number {
  const index = turns.findLastIndex(
    ({ role, content }) =>
      role === 'user' && !(content.startsWith('<tool_response>') && content.endsWith('</tool_response>')),
  );
  return index < 0 ? turns.length - 1 : index;
}
