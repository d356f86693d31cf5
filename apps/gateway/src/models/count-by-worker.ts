// Prompts of a model without a profile are counted by its workers' own `/tokenize` (`counting: worker`): exact, but a
// round trip for each request, and as slow as the worker's tokenizer. No cache: we cannot render, so we have no key.
import { type CompletionRequest, Fault } from '#protocol';
import type { Fleet } from '#workers';
import { askTokenize } from './ask-tokenize.ts';
import type { ServedModel } from './served-model.ts';

/** Members of a chat that change its prompt, as vLLM's `/tokenize` names them; beside `chat_template_kwargs`. */
const CHAT_MEMBERS = ['messages', 'tools', 'add_generation_prompt', 'continue_final_message'];

/** Rejects with the worker's refusal as `invalid_request`, or with `counting_failed` when no worker answers. */
export async function countByWorker(
  request: CompletionRequest,
  model: ServedModel,
  fleet: Fleet,
  signal: AbortSignal,
): Promise<number[]> {
  const bodies = request.kind === 'chat' ? [chatBody(request)] : request.prompts.map(textBody);
  const asking = { model, fleet, signal };
  return Promise.all(
    bodies.map((body) => (typeof body === 'number' ? body : askTokenize(body, asking, countOf))),
  );
}

/** As `/tokenize` takes a chat. */
export function chatBody(request: CompletionRequest): string {
  const members = [
    ...CHAT_MEMBERS.map((member) => [member, request.body.text(member)] as const),
    ['chat_template_kwargs', templateArguments(request)] as const,
  ];
  return `{${members.flatMap(([member, text]) => (text === null ? [] : `"${member}":${text}`)).join(',')}}`;
}

/**
 * `/tokenize` has no member `documents`; a chat hands its own to the template among these arguments, and over one of that name
 * (vLLM's `ChatCompletionRequest.build_chat_params`). Of two of a name the last counts there.
 */
function templateArguments({ body }: CompletionRequest): string | null {
  const given = body.text('chat_template_kwargs');
  const documents = body.text('documents');
  if (documents === null || documents === 'null') return given;
  const others = given === null || given === 'null' ? '' : given.slice(1, -1).trim();
  return `{${others === '' ? '' : `${others},`}"documents":${documents}}`;
}

/** Token ids need no counting. `/tokenize` adds special tokens by default, which a completion of these models does not. */
function textBody(prompt: string | readonly number[]): string | number {
  return typeof prompt === 'string' ? JSON.stringify({ prompt }) : prompt.length;
}

function countOf(answer: unknown): number {
  const count = typeof answer === 'object' && answer !== null && 'count' in answer ? answer.count : null;
  if (typeof count !== 'number')
    throw new Fault('counting_failed', { cause: new Error('no count in the answer of /tokenize') });
  return count;
}
