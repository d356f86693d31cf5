// What every way of asking for text has in common, once read and checked.
export interface GenerationRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
  readonly includeReasoning: boolean;
  readonly returnTokenIds: boolean;
  readonly maxTokens: number | null;
  readonly minTokens: number;
  readonly ignoreEnd: boolean;
  readonly stop: readonly string[];
  readonly includeStop: boolean;
  readonly stopTokenIds: readonly number[];
  readonly choices: number;
  readonly cacheSalt: string;
  readonly echo: boolean;
  /** Tokens of thinking after which its end is forced; null for no bound. */
  readonly thinkingBudget: number | null;
  /** Tokens a chunk of a stream holds. */
  readonly streamInterval: number;
  readonly returnPromptText: boolean;
  /** Logprobs asked a token, null for none. */
  readonly logprobs: number | null;
}
