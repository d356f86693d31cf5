// How long is it? The prompt, rendered as the engine will and counted exactly.
import {
  type ChatRequest,
  type CompletionRequest,
  Fault,
  invalid,
  type PromptParts,
  type TextRequest,
} from '#protocol';
import { type Fleet, type PrefixChain, prefixChain } from '#workers';
import { countByWorker } from '../models/count-by-worker.ts';
import type { ServedModel } from '../models/served-model.ts';

export interface Measured {
  /** Tokens of the longest prompt: what a window must hold. */
  readonly promptTokens: number;
  /** Tokens of all prompts of a batch: what is charged. */
  readonly chargedTokens: number;
  /** Answers of all prompts: KV is held for each. */
  readonly answers: number;
  /** One prompt, nothing of it truncated: the worker must count the same. */
  readonly isWhole: boolean;
  /** Of a single prompt given as text; null for batches and token ids. */
  readonly chain: PrefixChain | null;
}

export interface MeasureContext {
  readonly fleet: Fleet;
  readonly signal: AbortSignal;
  /** Under which the worker caches this prompt; null = shared by all. */
  readonly salt: string | null;
  /** Nothing is going to be sent, so that a prompt without a token may be counted, too. */
  readonly mayBeEmpty?: boolean;
}

/** Returns a value, not a promise, when nothing had to leave the event loop. Throws or rejects with a Fault. */
export function measure(
  request: CompletionRequest,
  model: ServedModel,
  context: MeasureContext,
): Measured | Promise<Measured> {
  if (request.truncatePromptTokens === -1) {
    throw new Fault('invalid_request', {
      message:
        'truncate_prompt_tokens: -1 cuts to a window, but which window depends on the length: state a number. (parameter=truncate_prompt_tokens)',
      param: 'truncate_prompt_tokens',
    });
  }
  refuseTooMany(request, model);
  if (!model.profile) return measureByWorker(request, model, context);
  return request.kind === 'chat'
    ? measureChat(request, model, context)
    : measureText(request, model, context);
}

/** Parsing goes by the loosest bound of all models, because only its result says which model it is. */
function refuseTooMany(request: CompletionRequest, { maxAnswers }: ServedModel): void {
  const prompts = request.kind === 'text' ? request.prompts.length : 1;
  if (request.answers > maxAnswers)
    throw invalid('n', `n must be at most ${maxAnswers}, got ${request.answers}.`);
  if (prompts > maxAnswers)
    throw invalid('prompt', `'prompt' has ${prompts} entries; at most ${maxAnswers} are taken.`);
}

function measureChat(
  request: ChatRequest,
  model: ServedModel,
  { signal, salt, mayBeEmpty }: MeasureContext,
): Measured | Promise<Measured> {
  const parts = renderChat(request, model);
  const counted = model.counter.count(parts, signal);
  return typeof counted === 'number'
    ? measured(request, counted, chainOf(parts, counted, salt), mayBeEmpty)
    : counted.then((tokens) => measured(request, tokens, chainOf(parts, tokens, salt), mayBeEmpty));
}

/** The prompt's parts. Throws the profile's Fault. */
export function renderChat(request: ChatRequest, model: ServedModel): PromptParts {
  if (!model.profile)
    throw new Fault('internal_error', { cause: new Error(`model ${model.id} has no profile`) });
  const rendered = model.profile.render(request);
  if (!rendered.rendered) throw rendered.fault;
  return rendered.parts;
}

/** Prompts under different salts share nothing in a worker's cache, so their chains must not either. */
function chainOf(parts: PromptParts, counted: number, salt: string | null): PrefixChain {
  return prefixChain(salt === null ? parts : [salt, ...parts], counted);
}

function measured(request: ChatRequest, counted: number, chain: PrefixChain, mayBeEmpty = false): Measured {
  const promptTokens = truncated(request, counted);
  if (promptTokens === 0 && !mayBeEmpty) throw noTokens(request, counted, 0);
  return {
    promptTokens,
    chargedTokens: promptTokens,
    answers: request.answers,
    isWhole: promptTokens === counted,
    chain,
  };
}

async function measureText(
  request: TextRequest,
  model: ServedModel,
  { signal, salt, mayBeEmpty }: MeasureContext,
): Promise<Measured> {
  const counts = await Promise.all(
    request.prompts.map((prompt) =>
      typeof prompt === 'string' ? model.counter.count([prompt], signal) : prompt.length,
    ),
  );
  const [single] = request.prompts;
  const chain =
    counts.length === 1 && typeof single === 'string' ? chainOf([single], counts[0] ?? 0, salt) : null;
  return { ...summed(request, counts, mayBeEmpty), chain };
}

/** The worker renders, so there is no text of ours to chain: placement goes by load alone. */
async function measureByWorker(
  request: CompletionRequest,
  model: ServedModel,
  { fleet, signal, mayBeEmpty }: MeasureContext,
): Promise<Measured> {
  const counts = await countByWorker(request, model, fleet, signal);
  return { ...summed(request, counts, mayBeEmpty), chain: null };
}

function summed(
  request: CompletionRequest,
  counts: readonly number[],
  mayBeEmpty = false,
): Omit<Measured, 'chain'> {
  const tokens = counts.map((count) => truncated(request, count));
  const empty = tokens.indexOf(0);
  if (empty >= 0 && !mayBeEmpty) throw noTokens(request, counts[empty] ?? 0, empty);
  return {
    promptTokens: Math.max(...tokens),
    chargedTokens: tokens.reduce((sum, count) => sum + count, 0),
    answers: request.answers * tokens.length,
    isWhole: tokens.length === 1 && tokens[0] === counts[0],
  };
}

/** The engine keeps the last K tokens. */
function truncated(request: CompletionRequest, count: number): number {
  return request.truncatePromptTokens === null ? count : Math.min(count, request.truncatePromptTokens);
}

/** vLLM refuses such a prompt as well ("The decoder prompt cannot be empty"), of a stream only once its head is out. */
function noTokens(request: CompletionRequest, counted: number, index: number): Fault {
  if (counted > 0)
    return invalid(
      'truncate_prompt_tokens',
      `truncate_prompt_tokens must keep at least 1 token of a prompt, got ${request.truncatePromptTokens}.`,
    );
  const path = request.kind === 'chat' ? 'messages' : promptPath(request, index);
  return invalid(path, `'${path}' has no tokens; a prompt has at least one.`);
}

function promptPath({ body }: TextRequest, index: number): string {
  return typeof body.value.prompt === 'string' ? 'prompt' : `prompt[${index}]`;
}
