// Token counts of short pre-tokens: text repeats its words, and a look-up costs a third of encoding one.
// One candidate a word, overwritten when another word falls on its slot: bounded, nothing to clear, and an attacker who
// aims at one slot only slows his own text down to the speed without a cache. Words are compared whole, never by hash alone.

/** Longer pre-tokens (most Chinese ones, which hardly repeat) are not looked up. */
export const CACHED_WORD_BYTES = 16;

/** 1 MiB of ints: the 2^15 most recent words, which is what a core's L2 holds. */
const SLOTS = 2 ** 15;
const STRIDE = 8;

export class WordCache {
  readonly #entries = new Int32Array(SLOTS * STRIDE);
  /** The word looked up last, as #entries holds it, and where it belongs. */
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;
  #length = 0;
  #slot = 0;

  /**
   * Tokens of the word of 1 to CACHED_WORD_BYTES bytes at `start`; 0 when not known. The view must be readable four bytes
   * beyond the word.
   */
  find(view: DataView, start: number, length: number): number {
    // Four ints that, with the length, say every byte of the word: from its start and from its end, overlapping.
    let a = view.getInt32(start, true);
    let b = 0;
    let c = 0;
    let d = 0;
    if (length < 4) {
      a &= (1 << (8 * length)) - 1;
    } else {
      b = view.getInt32(start + length - 4, true);
      if (length > 8) {
        c = view.getInt32(start + 4, true);
        d = view.getInt32(start + length - 8, true);
      }
    }
    let mixed = Math.imul(a ^ length, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    mixed =
      Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) ^ Math.imul(c, 0x27d4eb2f) ^ Math.imul(d, 0x165667b1);
    const slot = ((mixed ^ (mixed >>> 13)) & (SLOTS - 1)) * STRIDE;
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
    this.#length = length;
    this.#slot = slot;
    const entries = this.#entries;
    const isKnown =
      entries[slot] === a &&
      entries[slot + 1] === b &&
      entries[slot + 2] === c &&
      entries[slot + 3] === d &&
      entries[slot + 4] === length;
    return isKnown ? (entries[slot + 5] ?? 0) : 0;
  }

  /** Remembers the tokens of the word looked up last. */
  remember(tokens: number): void {
    const entries = this.#entries;
    const slot = this.#slot;
    entries[slot] = this.#a;
    entries[slot + 1] = this.#b;
    entries[slot + 2] = this.#c;
    entries[slot + 3] = this.#d;
    entries[slot + 4] = this.#length;
    entries[slot + 5] = tokens;
  }
}
