// Everything byte-pair encoding looks up, as flat arrays in shared memory: built once (about 0.2 s) and read by every
// thread. Ids are ranks (see Vocabulary), which is what makes these tables this small.
import { byteOfToken } from './byte-alphabet.ts';
import { buildTokenTrie, type TokenTrie } from './token-trie.ts';
import { BYTE_TOKENS, type Vocabulary } from './vocabulary.ts';

export interface BpeTables {
  /** Number of tokens, added tokens not among them. */
  readonly size: number;
  /** Halves of each token by id; a single byte is its own half. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Spellings of all tokens behind each other; token `id` is bytes [offsets[id], offsets[id + 1]). */
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
  /** The longest token that is a proper prefix of the token; -1 for a single byte. */
  readonly shorter: Int32Array;
  /** Id of each single byte. */
  readonly tokenOfByte: Int32Array;
  readonly trie: TokenTrie;
  /** See findMerge. */
  readonly pairs: Int32Array;
  /** A bit for each hash of a pair that merges. Most pairs asked about do not, and this says so without a cache miss. */
  readonly filter: Int32Array;
}

export function buildBpeTables(vocabulary: Vocabulary): BpeTables {
  const size = BYTE_TOKENS + vocabulary.left.length;
  const left = sharedInts(size);
  const right = sharedInts(size);
  for (let id = 0; id < BYTE_TOKENS; id++) {
    left[id] = id;
    right[id] = id;
  }
  left.set(vocabulary.left, BYTE_TOKENS);
  right.set(vocabulary.right, BYTE_TOKENS);

  const { bytes, offsets } = spell(left, right);
  const { trie, shorter } = buildTokenTrie(bytes, offsets);
  const tokenOfByte = sharedInts(BYTE_TOKENS);
  for (const [id, byte] of byteOfToken.entries()) tokenOfByte[byte] = id;
  return { size, left, right, bytes, offsets, shorter, tokenOfByte, trie, ...pairTable(left, right) };
}

/** 2^21 bits are 256 KiB, which stay in a core's L2; 7 % of them are set. */
const FILTER_BITS = 21;

/** The id the two tokens merge to, or -1. */
export function findMerge(tables: BpeTables, left: number, right: number): number {
  const hash = hashPair(left, right);
  const bit = hash >>> (32 - FILTER_BITS);
  if (((tables.filter[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return -1;
  const { pairs } = tables;
  const mask = pairs.length / 2 - 1;
  const low = left | (right << 18);
  const high = right >>> 14;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const tail = pairs[2 * slot + 1] ?? -1;
    if (tail === -1) return -1;
    if (pairs[2 * slot] === low && (tail & 0xf) === high) return tail >>> 4;
  }
}

/**
 * Open addressing, less than a third full, two ints a slot: both ids have 18 bits, so a key has 36, and the merged id
 * lies above its last four. -1 marks a free slot.
 */
function pairTable(left: Int32Array, right: Int32Array): Pick<BpeTables, 'pairs' | 'filter'> {
  const filter = sharedInts(2 ** (FILTER_BITS - 5));
  const slots = 2 ** Math.ceil(Math.log2(left.length * 3));
  const pairs = sharedInts(2 * slots).fill(-1);
  for (let id = BYTE_TOKENS; id < left.length; id++) {
    const first = left[id] ?? 0;
    const second = right[id] ?? 0;
    const hash = hashPair(first, second);
    const bit = hash >>> (32 - FILTER_BITS);
    filter[bit >>> 5] = (filter[bit >>> 5] ?? 0) | (1 << (bit & 31));
    let slot = hash & (slots - 1);
    while (pairs[2 * slot + 1] !== -1) slot = (slot + 1) & (slots - 1);
    pairs[2 * slot] = first | (second << 18);
    pairs[2 * slot + 1] = (second >>> 14) | (id << 4);
  }
  return { pairs, filter };
}

function hashPair(left: number, right: number): number {
  const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
}

/** Every token's bytes: its halves come before it, so one pass spells them all. */
function spell(left: Int32Array, right: Int32Array): { bytes: Uint8Array; offsets: Int32Array } {
  const size = left.length;
  const offsets = sharedInts(size + 1);
  const lengths = new Int32Array(size).fill(1, 0, BYTE_TOKENS);
  for (let id = 0; id < size; id++) {
    if (id >= BYTE_TOKENS) lengths[id] = (lengths[left[id] ?? 0] ?? 0) + (lengths[right[id] ?? 0] ?? 0);
    offsets[id + 1] = (offsets[id] ?? 0) + (lengths[id] ?? 0);
  }
  const bytes = new Uint8Array(new SharedArrayBuffer(offsets[size] ?? 0));
  bytes.set(byteOfToken);
  for (let id = BYTE_TOKENS; id < size; id++) {
    let position = offsets[id] ?? 0;
    for (const half of [left[id] ?? 0, right[id] ?? 0]) {
      const start = offsets[half] ?? 0;
      const end = offsets[half + 1] ?? 0;
      bytes.copyWithin(position, start, end);
      position += end - start;
    }
  }
  return { bytes, offsets };
}

function sharedInts(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}
