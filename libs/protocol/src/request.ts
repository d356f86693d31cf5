// What a caller asked, once its bytes have been read. Only what Ropeway acts on is here; everything else
// stays in the body and goes to the worker byte for byte.
import type { JsonBody } from './json-body.ts';
import type { LosslessJson } from './lossless-json.ts';

/** One part of a message whose content is a list. Only text can be counted. */
export interface TextPart {
  readonly text: string;
}

/** A call an assistant message made earlier. `arguments` is the string as sent, or the value when the client sent JSON. */
export interface ToolCall {
  readonly name: string;
  readonly arguments: LosslessJson | undefined;
}

export interface ChatMessage {
  readonly role: string;
  /** Absent and null are told apart: vLLM takes an absent user content as "", and refuses null. */
  readonly content: string | readonly TextPart[] | null | undefined;
  /** Thinking sent back with history (`reasoning`, or `reasoning_content` which vLLM renames); some templates read it. */
  readonly reasoning: string | null;
  readonly toolCalls: readonly ToolCall[];
}

export type OutputBudgetSource = 'max_completion_tokens' | 'max_tokens' | 'assumed';

interface RequestBase {
  /** As the client wrote it: an id or an alias. Empty when the body has none. */
  readonly model: string;
  readonly body: JsonBody;
  readonly stream: boolean;
  /** The client itself asked for the usage chunk. */
  readonly wantsUsage: boolean;
  /** `stream_options.continuous_usage_stats`, passed through. */
  readonly wantsContinuousUsage: boolean;
  /** Stated output tokens, at least 1, and which field stated them; null when the body states none. */
  readonly statedOutput: {
    readonly tokens: number;
    readonly source: 'max_completion_tokens' | 'max_tokens';
  } | null;
  /** Answers asked per prompt (`n`). */
  readonly answers: number;
  /** Keep only the last K prompt tokens; -1 means the window less the output; null when absent. */
  readonly truncatePromptTokens: number | null;
}

export interface ChatRequest extends RequestBase {
  readonly kind: 'chat';
  readonly messages: readonly ChatMessage[];
  /** The tools as sent, numbers in their own spelling and keys in their own order; null when absent. */
  readonly tools: readonly LosslessJson[] | null;
  readonly addGenerationPrompt: boolean;
  readonly continueFinalMessage: boolean;
  /** Extra template variables; profiles read those they know (`enable_thinking` of Qwen3) and ignore the rest. */
  readonly templateKwargs: ReadonlyMap<string, LosslessJson>;
  readonly reasoningEffort: string | null;
}

export interface TextRequest extends RequestBase {
  readonly kind: 'text';
  /** Each a text or token ids; a batch has several. */
  readonly prompts: readonly (string | readonly number[])[];
}

export type CompletionRequest = ChatRequest | TextRequest;

/** What is left to know of a request once its prompt is counted; the prompt itself is in the bytes. */
export type CountedRequest = Pick<
  CompletionRequest,
  'kind' | 'model' | 'body' | 'stream' | 'wantsUsage' | 'wantsContinuousUsage' | 'statedOutput'
>;

/**
 * A prompt as the engine will tokenise it. The parts concatenate to the whole text and each part after the first
 * begins with a special token, so token counts and ids of the parts add up to those of the whole.
 */
export type PromptParts = readonly string[];
