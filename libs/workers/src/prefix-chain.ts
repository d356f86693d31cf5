// A rendered prompt as a chain of hashes, so that two prompts can be compared for a common head without keeping
// either.
import { getRandomValues } from 'node:crypto';
import type { PromptParts } from '#protocol';
import type { PrefixChain } from './fleet.ts';

/** Bytes of UTF-8 a hash stands for (decisions D4): about 250 tokens, 16 of vLLM's KV blocks. */
export const CHUNK_BYTES = 1024;
/** Chunks beyond this are not told apart. 1 MiB is twice what the largest window (131,072 tokens) usually holds. */
export const MAX_CHAIN_CHUNKS = 1024;
/**
 * Tokens a chunk stands for when nothing better is known; English and code have about 4 bytes a token, Chinese 4 to
 * 5.
 */
export const TYPICAL_TOKENS_PER_CHUNK = 256;

/**
 * The hashes of the prompt's whole chunks; what is left of the last one is left out. Costs about 1 ms for 600 KB, on
 * the event loop (`npm run bench:placement` measures it). Equal prompts have equal chains within one process only, as
 * the keys are drawn at start.
 */
export function prefixChain(parts: PromptParts, promptTokens: number): PrefixChain {
  const text = parts.length === 1 ? (parts[0] ?? '') : parts.join('');
  const totalBytes = Buffer.byteLength(text);
  if (totalBytes < CHUNK_BYTES) return NO_CHUNKS;
  // A UTF-16 unit is at least one byte of UTF-8, so this many units always fill the chain.
  const bytes = encoder.encode(text.slice(0, MAX_CHAIN_CHUNKS * CHUNK_BYTES));
  const chunks = Math.min(MAX_CHAIN_CHUNKS, Math.floor(bytes.length / CHUNK_BYTES));
  const units = new Uint16Array(bytes.buffer, bytes.byteOffset, chunks * CHUNK_UNITS);
  return { hashes: chainHashes(units, chunks), tokensPerChunk: (promptTokens * CHUNK_BYTES) / totalBytes };
}

const NO_CHUNKS: PrefixChain = { hashes: [], tokensPerChunk: TYPICAL_TOKENS_PER_CHUNK };
const encoder = new TextEncoder();
const CHUNK_UNITS = CHUNK_BYTES / 2;
const LANES = 3;

// Lemire and Kaser's multilinear hash ("Strongly universal string hashing is fast", 2014): the sum of each 16-bit
// unit times its own random 32-bit key, of which the upper 16 bits are kept. For any two texts, whoever chose them,
// the chance of equal hashes is 2^-16 a lane, 2^-48 in all, over the draw of the keys: a tenant who cannot see the
// keys cannot make prompts that look cached where they are not. (FNV or murmur with a seed have collisions that hold
// for every seed.)
const keys = getRandomValues(new Int32Array(LANES * (1 + LANES + CHUNK_UNITS)));

function chainHashes(units: Uint16Array, chunks: number): Float64Array {
  const hashes = new Float64Array(chunks);
  let before0 = 0;
  let before1 = 0;
  let before2 = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    // Of each lane: a constant, then the three lanes of the chunk before, which is what chains them.
    let lane0 = chained(0, before0, before1, before2);
    let lane1 = chained(1, before0, before1, before2);
    let lane2 = chained(2, before0, before1, before2);
    let key = LANES * (1 + LANES);
    const end = (chunk + 1) * CHUNK_UNITS;
    for (let at = chunk * CHUNK_UNITS; at < end; at++) {
      const unit = units[at] ?? 0;
      lane0 = (lane0 + Math.imul(unit, keys[key] ?? 0)) | 0;
      lane1 = (lane1 + Math.imul(unit, keys[key + 1] ?? 0)) | 0;
      lane2 = (lane2 + Math.imul(unit, keys[key + 2] ?? 0)) | 0;
      key += LANES;
    }
    before0 = lane0 >>> 16;
    before1 = lane1 >>> 16;
    before2 = lane2 >>> 16;
    hashes[chunk] = before0 * 2 ** 32 + before1 * 2 ** 16 + before2;
  }
  return hashes;
}

function chained(lane: number, before0: number, before1: number, before2: number): number {
  const at = lane * (1 + LANES);
  return (
    ((keys[at] ?? 0) +
      Math.imul(before0, keys[at + 1] ?? 0) +
      Math.imul(before1, keys[at + 2] ?? 0) +
      Math.imul(before2, keys[at + 3] ?? 0)) |
    0
  );
}
