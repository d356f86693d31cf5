// Turns a chat or a text into the ids the engine computes, as vLLM's front end would.
import { profileNamed } from '#models';
import { type ChatRequest, JsonBody, type PromptParts } from '#protocol';
import { badRequest, engineDead, shutDown } from '../http/api-error.ts';
import type { SimContext } from '../sim-context.ts';
import { messagesOf } from './chat-body.ts';
import { type Fields, flag, object, text } from './fields.ts';

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
  const answer = profile.render(context.state.rendersAsRust ? asRustReads(request) : request);
  if (!answer.rendered) throw badRequest(answer.fault.message);
  return answer.parts;
}

/** The Rust front end drops developer messages and joins text parts with nothing between (observed). */
function asRustReads(request: ChatRequest): ChatRequest {
  const messages = request.messages
    .filter((message) => message.role !== 'developer')
    .map((message) => {
      const { content } = message;
      const joined = Array.isArray(content) ? content.map((part) => part.text).join('') : content;
      return { ...message, content: joined };
    });
  return { ...request, messages };
}

/** The tokens of a text; lone surrogates are refused with the tokenizer binding's own words. */
export async function encodeText(parts: PromptParts, context: SimContext): Promise<readonly number[]> {
  if (context.state.phase !== 'serving')
    throw context.state.phase === 'engine-dead' ? engineDead() : shutDown();
  if (!parts.every((part) => part.isWellFormed()))
    throw badRequest('TextEncodeInput must be Union[TextInputSequence, Tuple[InputSequence, InputSequence]]');
  return await context.counter.encode(parts);
}

/** A few words of what was asked last, so that an answer can name it. */
export function topicOf(asked: string): string {
  const tail = asked
    .slice(-400)
    .replace(/<\|[^|]*\|>|<\/?think>|assistant\s*$/g, ' ')
    .replace(/[^\p{L}\p{N} .-]/gu, ' ')
    .trim();
  const words = tail.split(/\s+/).filter((word) => word.length > 3);
  return words.slice(-4).join(' ') || 'this';
}
