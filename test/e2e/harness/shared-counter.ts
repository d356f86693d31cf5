// One tokenizer for all simulated workers of a test file: building its tables takes half a second each.
import { createTokenCounter, type TokenCounter } from '#tokenizer';

let counter: Promise<TokenCounter> | null = null;

/** Counts inline, so it holds no thread and needs no closing. */
export function sharedCounter(): Promise<TokenCounter> {
  counter ??= createTokenCounter({
    vocabulary: 'qwen3',
    cacheEntries: 1_000,
    inlineBytes: 16_777_216,
    threads: 0,
  });
  return counter;
}
