// Turns a chat or a text into the ids the engine computes, as vLLM's front end would.
import { profileNamed } from '#models';
import { type ChatRequest, JsonBody, type LosslessJson, type PromptParts } from '#protocol';
import { badParameter, badRequest, engineDead, shutDown } from '../http/api-error.ts';
import type { SimContext } from '../sim-context.ts';
import { messagesOf } from './chat-body.ts';
import { type Fields, flag, integer, isObject, object, text } from './fields.ts';

const bothAsked =
  'continue_final_message and add_generation_prompt are not compatible. Use continue_final_message when you want the model to continue the final message, and add_generation_prompt when you want to add a header that will prompt it to start a new assistant message instead.';

/** Profiles read the parsed members only; what came in bytes stays behind. */
const emptyBody = new JsonBody(Buffer.from('{}'));

export function renderChat(fields: Fields, context: SimContext): PromptParts {
  const addGenerationPrompt = flag(fields, 'add_generation_prompt', true);
  const continueFinalMessage = flag(fields, 'continue_final_message');
  if (addGenerationPrompt && continueFinalMessage) throw badRequest(bothAsked);
  const tools = fields.get('tools');
  const request: ChatRequest = {
    kind: 'chat',
    model: '',
    body: emptyBody,
    stream: false,
    wantsUsage: false,
    wantsContinuousUsage: false,
    statedOutput: null,
    answers: 1,
    truncatePromptTokens: null,
    messages: messagesOf(fields.get('messages'), context.settings.servedNames[0] ?? ''),
    tools: Array.isArray(tools) && tools.length > 0 ? tools : null,
    addGenerationPrompt,
    continueFinalMessage,
    templateKwargs: object(fields, 'chat_template_kwargs'),
    reasoningEffort: text(fields, 'reasoning_effort'),
  };
  const profile = profileNamed(context.settings.profile);
  if (profile === undefined) throw new Error(`no profile named ${context.settings.profile}`);
  const isForbidden = fields.get('tool_choice') === 'none';
  const answer = profile.render(context.state.rendersAsRust ? asRustReads(request, isForbidden) : request);
  if (!answer.rendered) throw badRequest(answer.fault.message);
  return answer.parts;
}

/** The Rust front end drops developer messages, and tools that may not be called, and joins text parts with nothing between (observed). */
function asRustReads(request: ChatRequest, toolsForbidden: boolean): ChatRequest {
  const messages = request.messages
    .filter((message) => message.role !== 'developer')
    .map((message) => {
      const { content } = message;
      const joined = Array.isArray(content) ? content.map((part) => part.text).join('') : content;
      return { ...message, content: joined };
    });
  return { ...request, messages, tools: toolsForbidden ? null : request.tools };
}

/** The tokens of a text; lone surrogates are refused with the tokenizer binding's own words. */
export async function encodeText(
  parts: PromptParts,
  context: SimContext,
  isBounded = true,
): Promise<readonly number[]> {
  if (context.state.phase !== 'serving')
    throw context.state.phase === 'engine-dead' ? engineDead() : shutDown();
  if (!parts.every((part) => part.isWellFormed()))
    throw badRequest('TextEncodeInput must be Union[TextInputSequence, Tuple[InputSequence, InputSequence]]');
  if (isBounded && context.settings.frontEnd === 'python')
    refuseFarTooLong(parts, context.settings.windowTokens);
  return await context.counter.encode(parts);
}

/** Python's front end refuses a text that cannot fit, by its characters, before it tokenises: at most 128 a token (observed). */
function refuseFarTooLong(parts: PromptParts, windowTokens: number): void {
  const mostCharacters = windowTokens * 128;
  if (parts.reduce((sum, part) => sum + part.length, 0) <= mostCharacters) return;
  const characters = parts.reduce((sum, part) => sum + codePoints(part), 0);
  if (characters <= mostCharacters) return;
  throw badParameter(
    `This model's maximum context length is ${windowTokens} tokens. However, your prompt contains ${characters} characters (more than ${mostCharacters} characters, which is the upper bound for ${windowTokens} input tokens). Please reduce the length of the input prompt.`,
    'input_text',
    characters,
  );
}

/** Python counts characters, not UTF-16 units. */
function codePoints(text: string): number {
  let count = 0;
  for (const _character of text) count += 1;
  return count;
}

/** truncate_prompt_tokens keeps the last ones. */
export function truncated(ids: readonly number[], fields: Fields): readonly number[] {
  const kept = integer(fields, 'truncate_prompt_tokens');
  return kept === null || kept < 0 ? ids : ids.slice(Math.max(0, ids.length - kept));
}

export function lastMessageText(fields: Fields): string {
  const messages = fields.get('messages');
  const last: LosslessJson | undefined = Array.isArray(messages) ? messages.at(-1) : undefined;
  const content = isObject(last) ? last.get('content') : undefined;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: LosslessJson) => (isObject(part) ? (text(part, 'text') ?? '') : '')).join('\n');
}

/** A few words of what was asked last, so that an answer can name it. */
export function topicOf(asked: string): string {
  const tail = asked
    .slice(-400)
    .replace(/[^\p{L}\p{N} .-]/gu, ' ')
    .trim();
  const words = tail.split(/\s+/).filter((word) => word.length > 3);
  return words.slice(-4).join(' ') || 'this';
}
