// How many tokens is it, exactly? The port; behind it PooledCounter counts with a FastCounter, here or in another thread.
import type { PromptParts } from '#protocol';

export interface TokenizerOptions {
  /** An embedded vocabulary, or the path of the served model's `tokenizer.json`. */
  readonly vocabulary: 'qwen3' | 'qwen2.5' | { readonly path: string };
  /** Entries of the per-part cache (hash -> count). */
  readonly cacheEntries: number;
  /** Bytes above which counting leaves the event loop. */
  readonly inlineBytes: number;
  /** Worker threads for counting; 0 counts everything inline (tests, tools). */
  readonly threads: number;
}

export interface TokenCounter {
  /** sha256 of the vocabulary in use, hex, and where it came from; logged at start. */
  readonly vocabulary: { readonly sha256: string; readonly source: string };
  /**
   * Exact number of tokens of the parts' concatenation (see PromptParts; no special token is added). A number when
   * counted inline or found in the cache, a promise when it left the event loop. Rejects with the signal's reason
   * when aborted; never throws for any text (lone surrogates count as U+FFFD).
   */
  count(parts: PromptParts, signal?: AbortSignal): number | Promise<number>;
  /** The token ids; not on the hot path. */
  encode(parts: PromptParts, signal?: AbortSignal): Promise<readonly number[]>;
  /** The text of token ids (special tokens included); not on the hot path. */
  decode(ids: readonly number[]): Promise<string>;
  /** Each token as the vocabulary writes it (`Ġ` for a space; an added one as it is); not on the hot path. */
  tokenStrings(ids: readonly number[]): readonly string[];
  close(): Promise<void>;
}
