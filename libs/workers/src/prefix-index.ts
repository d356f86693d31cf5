// What a worker probably still has in its KV cache: the chunks of the prompts this gateway sent it, newest kept. It
// is told of dispatches only, never of vLLM's own evictions, so its size stands for the worker's KV.
import type { PrefixChain } from './fleet.ts';

export { prefixChain, TYPICAL_TOKENS_PER_CHUNK } from './prefix-chain.ts';

/**
 * An ordered set of chained hashes. A prompt goes in tail first, so its head is always newer than its tail and what
 * is dropped first are tails: with a chunk in the set, every chunk before it in its chain is in the set, too.
 */
export class PrefixIndex {
  readonly #chunks = new Set<number>();
  #capacityChunks: number;

  constructor(capacityChunks: number) {
    this.#capacityChunks = Math.max(0, Math.floor(capacityChunks));
  }

  get size(): number {
    return this.#chunks.size;
  }

  get capacityChunks(): number {
    return this.#capacityChunks;
  }

  /**
   * Chunks at the head of the chain that are in the set; reorders nothing. As the chunks of a chain that are present
   * are always its head (see above), their number is found by doubling and halving: about 2 log2(n) look-ups, not n.
   */
  match({ hashes }: PrefixChain): number {
    let present = 0;
    let absent = hashes.length + 1;
    for (let probe = 1; present + 1 < absent; probe = next(present, absent, hashes.length)) {
      const hash = hashes[probe - 1];
      if (hash !== undefined && this.#chunks.has(hash)) present = probe;
      else absent = probe;
    }
    return present;
  }

  /** The worker was sent this prompt. Drops the oldest chunks beyond the capacity. */
  insert({ hashes }: PrefixChain): void {
    for (let at = Math.min(hashes.length, this.#capacityChunks) - 1; at >= 0; at--) {
      const hash = hashes[at];
      if (hash === undefined) continue;
      this.#chunks.delete(hash);
      this.#chunks.add(hash);
    }
    this.#dropOldest();
  }

  /** The worker's true KV size became known (`vllm:cache_config_info`). */
  resize(capacityChunks: number): void {
    this.#capacityChunks = Math.max(0, Math.floor(capacityChunks));
    this.#dropOldest();
  }

  /** The worker was restarted: its cache is gone. */
  clear(): void {
    this.#chunks.clear();
  }

  #dropOldest(): void {
    if (this.#chunks.size <= this.#capacityChunks) return;
    for (const oldest of this.#chunks) {
      this.#chunks.delete(oldest);
      if (this.#chunks.size <= this.#capacityChunks) return;
    }
  }
}

/** Doubles while no absent chunk is known, then halves what is between the last present and the first absent one. */
function next(present: number, absent: number, length: number): number {
  if (absent > length) return Math.min(2 * present, length);
  return (present + absent) >>> 1;
}
