// One tokenizer for every simulated server of a process: it takes half a second and a hundred megabytes to make.
import { createTokenCounter, type TokenCounter } from '#tokenizer';

/** Prompts above 16 KB are counted off the event loop, so that 90,000 tokens do not hold up the streams. */
const options = { vocabulary: 'qwen3', cacheEntries: 1_000, inlineBytes: 16_384, threads: 1 } as const;

/** How long it is kept after its last server closed: tests start the next one at once. */
const lingerMs = 300;

let counter: Promise<TokenCounter> | null = null;
let users = 0;
let closing: NodeJS.Timeout | undefined;

/** Give it back with `releaseCounter`, once. */
export async function acquireCounter(): Promise<TokenCounter> {
  users += 1;
  clearTimeout(closing);
  counter ??= createTokenCounter(options);
  return await counter;
}

export function releaseCounter(): void {
  users -= 1;
  if (users > 0) return;
  closing = setTimeout(() => {
    void counter?.then((unused) => unused.close());
    counter = null;
  }, lingerMs);
}
