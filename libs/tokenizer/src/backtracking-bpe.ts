// Byte-pair encoding without merging: takes the longest token that fits, goes back to a shorter one where the merges
// would not have made it. Exact, because a sequence of tokens is the encoding of its bytes if and only if each
// neighbouring pair is (van Antwerpen and Neubeck, "So many tokens, so little time", GitHub 2024; crate `bpe`).
// About four times as fast as merging on real text; its cost a byte grows with the number of tokens that are prefixes
// of each other (long runs of one character), so long pre-tokens go to MergingBpe.
import { type BpeTables, findMerge } from './bpe-tables.ts';

/** 2^13 remembered pairs, 64 KiB: a run of one character has some hundred, and is four times as fast with them. */
const KNOWN_BITS = 13;

export class BacktrackingBpe {
  /** The last result: ids [0, count). Valid until the next call. */
  readonly ids: Int32Array;
  readonly #tables: BpeTables;
  /** Whether an encoding may still end at this offset: 0 once proven impossible. */
  readonly #mayEnd: Uint8Array;

  /** Two ints a slot: the first token; the second, and in the lowest bit whether they are a pair. */
  readonly #known = new Int32Array(2 ** (KNOWN_BITS + 1)).fill(-1);

  /** Takes pre-tokens up to `mostBytes` long. */
  constructor(tables: BpeTables, mostBytes: number) {
    this.#tables = tables;
    this.ids = new Int32Array(mostBytes + 1);
    this.#mayEnd = new Uint8Array(mostBytes + 1).fill(1);
  }

  /** Encodes bytes [start, end), not empty; the number of tokens. */
  encode(bytes: Uint8Array, start: number, end: number): number {
    const whole = this.#longestAt(bytes, start, end);
    const { offsets, shorter } = this.#tables;
    const ids = this.ids;
    const mayEnd = this.#mayEnd;
    const length = end - start;
    let count = 0;
    let position = 0;
    let token = whole;
    let isMarked = false;
    for (;;) {
      const next = position + (offsets[token + 1] ?? 0) - (offsets[token] ?? 0);
      if (mayEnd[next] === 1 && (count === 0 || this.#isKnownPair(ids[count - 1] ?? 0, token))) {
        ids[count++] = token;
        position = next;
        if (position === length) break;
        token = this.#longestAt(bytes, start + position, end);
      } else if ((shorter[token] ?? -1) >= 0) {
        token = shorter[token] ?? 0;
      } else {
        mayEnd[position] = 0;
        isMarked = true;
        token = ids[--count] ?? 0;
        position -= (offsets[token + 1] ?? 0) - (offsets[token] ?? 0);
      }
    }
    if (isMarked) mayEnd.fill(1, 0, length + 1);
    return count;
  }

  /** The longest token at this place. */
  #longestAt(bytes: Uint8Array, start: number, end: number): number {
    const { cells, longest } = this.#tables.trie;
    let state = 0;
    for (let position = start; position < end; position++) {
      const next = (cells[2 * state] ?? 0) + (bytes[position] ?? 0);
      if (cells[2 * next + 1] !== state) break;
      state = next;
    }
    return longest[state] ?? 0;
  }

  /** As #isPair, from memory where the same pair was asked about lately: what makes runs of one character cheap. */
  #isKnownPair(first: number, second: number): boolean {
    const known = this.#known;
    const slot = (Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)) >>> (32 - KNOWN_BITS);
    const answer = known[2 * slot + 1] ?? 0;
    if (known[2 * slot] === first && answer >>> 1 === second) return (answer & 1) === 1;
    const isPair = this.#isPair(first, second);
    known[2 * slot] = first;
    known[2 * slot + 1] = (second << 1) | (isPair ? 1 : 0);
    return isPair;
  }

  /**
   * Whether the two tokens stay apart when their bytes are encoded together: undoes the merges of both, latest first,
   * and looks for a merge across the border that would have come before them.
   */
  #isPair(first: number, second: number): boolean {
    const { left, right } = this.#tables;
    let before = first;
    let after = second;
    let limit = 0x7fffffff;
    for (;;) {
      const merged = findMerge(this.#tables, before, after);
      if (merged !== -1 && merged < limit) return false;
      if (before > after) {
        limit = before;
        before = right[before] ?? 0;
        if (before !== limit) continue;
        limit = after + 1;
        after = left[after] ?? 0;
        if (after + 1 === limit) return true;
      } else {
        limit = after + 1;
        after = left[after] ?? 0;
        if (after + 1 !== limit) continue;
        limit = before;
        before = right[before] ?? 0;
        if (before === limit) return true;
      }
    }
  }
}
