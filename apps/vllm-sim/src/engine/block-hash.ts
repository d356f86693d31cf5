// Chained hashes of whole blocks of tokens. Not cryptographic: a simulator needs equal chains to mean equal prompts
// with overwhelming likelihood, and 100,000-token prompts to hash in a millisecond.
export function chainHash(parent: number, ids: ArrayLike<number>, start: number, end: number): number {
  let high = (parent / 0x100000000) | 0;
  let low = parent | 0;
  for (let index = start; index < end; index += 1) {
    const id = ids[index] ?? 0;
    high = Math.imul(high ^ id, 0x85ebca6b) + 0x1b873593;
    low = Math.imul(low ^ (id + (high >>> 15)), 0x01000193) ^ (low >>> 13);
  }
  // 53 bits fit a number exactly: 21 of one half above 32 of the other.
  return ((high >>> 0) & 0x1fffff) * 0x100000000 + (low >>> 0);
}

/** One hash a whole block, first to last. The salt stands before the first block, as vLLM's `cache_salt` does. */
export function chainOf(ids: ArrayLike<number>, blockTokens: number, salt: string): number[] {
  const hashes: number[] = [];
  let parent = 7;
  for (let index = 0; index < salt.length; index += 1)
    parent = chainHash(parent, [salt.charCodeAt(index)], 0, 1);
  for (let end = blockTokens; end <= ids.length; end += blockTokens) {
    parent = chainHash(parent, ids, end - blockTokens, end);
    hashes.push(parent);
  }
  return hashes;
}
