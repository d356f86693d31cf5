// What an answer used, in tokens, as vLLM reports it at the end.

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Prompt tokens the worker found in its prefix cache; null when it does not say (`--enable-prompt-tokens-details`). */
  readonly cachedTokens: number | null;
  /** Tokens of thinking, our own count where reasoning turned to content; null when unknown (not streamed). */
  readonly reasoningTokens: number | null;
}
