// Byte-pair encoding by its definition: the merge of lowest rank first, leftmost first, until none is left. Linear in
// the length whatever the bytes are, which is why it takes the long pre-tokens: a merge makes a token of higher id than
// its halves, so every pair it newly forms ranks after it, and ranks can be gone through upwards, once, each with the
// list of places where it may apply (instead of a heap over all places).
import { type BpeTables, findMerge } from './bpe-tables.ts';

const NONE = -1;

export class MergingBpe {
  /** The last result: ids [0, count). Valid until the next call. */
  ids = new Int32Array(0);
  readonly #tables: BpeTables;
  readonly #due: RankSet;
  /** By rank: first and last entry of the list of places where it may apply. */
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  /** By place (the offset a token starts at): token, neighbours, and rank of the pair that starts here. */
  #token = new Int32Array(0);
  #previous = new Int32Array(0);
  #next = new Int32Array(0);
  #rank = new Int32Array(0);
  /** Entries of all lists: a place each, and the entry after it. */
  #place = new Int32Array(0);
  #following = new Int32Array(0);
  #entries = 0;

  constructor(tables: BpeTables) {
    this.#tables = tables;
    this.#due = new RankSet(tables.size);
    this.#head = new Int32Array(tables.size).fill(NONE);
    this.#tail = new Int32Array(tables.size);
  }

  /** Encodes bytes [start, end), not empty; the number of tokens. */
  encode(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    this.#reserve(length);
    this.#entries = 0;
    for (let place = 0; place < length; place++) {
      this.#token[place] = this.#tables.tokenOfByte[bytes[start + place] ?? 0] ?? 0;
      this.#previous[place] = place - 1;
      this.#next[place] = place + 1 < length ? place + 1 : NONE;
    }
    for (let place = 0; place < length; place++) this.#propose(place);
    for (let rank = this.#due.takeLowest(0); rank !== NONE; rank = this.#due.takeLowest(rank))
      this.#apply(rank);

    let count = 0;
    for (let place = 0; place !== NONE; place = this.#next[place] ?? NONE)
      this.ids[count++] = this.#token[place] ?? 0;
    return count;
  }

  /** Merges at every place in this rank's list that still shows it; the list is in order of places where that matters. */
  #apply(rank: number): void {
    for (let entry = this.#head[rank] ?? NONE; entry !== NONE; entry = this.#following[entry] ?? NONE) {
      const place = this.#place[entry] ?? 0;
      if (this.#rank[place] !== rank) continue;
      const gone = this.#next[place] ?? 0;
      const after = this.#next[gone] ?? NONE;
      this.#token[place] = rank;
      this.#next[place] = after;
      this.#rank[gone] = NONE;
      if (after !== NONE) this.#previous[after] = place;
      const before = this.#previous[place] ?? NONE;
      if (before !== NONE) this.#propose(before);
      this.#propose(place);
    }
    this.#head[rank] = NONE;
  }

  /** Notes what the pair that starts at this place merges to, if it does. */
  #propose(place: number): void {
    const next = this.#next[place] ?? NONE;
    const rank =
      next === NONE ? NONE : findMerge(this.#tables, this.#token[place] ?? 0, this.#token[next] ?? 0);
    this.#rank[place] = rank;
    if (rank === NONE) return;
    const entry = this.#entries++;
    this.#place[entry] = place;
    this.#following[entry] = NONE;
    if (this.#head[rank] === NONE) {
      this.#head[rank] = entry;
      this.#due.add(rank);
    } else {
      this.#following[this.#tail[rank] ?? 0] = entry;
    }
    this.#tail[rank] = entry;
  }

  /** Each place is proposed once at first, and each of fewer than `length` merges proposes two more. */
  #reserve(length: number): void {
    if (length <= this.ids.length) return;
    const room = 2 ** Math.ceil(Math.log2(length));
    this.ids = new Int32Array(room);
    this.#token = new Int32Array(room);
    this.#previous = new Int32Array(room);
    this.#next = new Int32Array(room);
    this.#rank = new Int32Array(room);
    this.#place = new Int32Array(3 * room);
    this.#following = new Int32Array(3 * room);
  }
}

/** Ranks that have places waiting: a bit each, and a bit for every 32 of those, so that finding the next one is cheap. */
class RankSet {
  readonly #bits: Int32Array;
  readonly #groups: Int32Array;

  constructor(size: number) {
    this.#bits = new Int32Array((size >>> 5) + 1);
    this.#groups = new Int32Array((size >>> 10) + 1);
  }

  add(rank: number): void {
    this.#bits[rank >>> 5] = (this.#bits[rank >>> 5] ?? 0) | (1 << (rank & 31));
    this.#groups[rank >>> 10] = (this.#groups[rank >>> 10] ?? 0) | (1 << ((rank >>> 5) & 31));
  }

  /** Removes and returns the lowest rank; NONE when empty. Nothing below `from` is in the set. */
  takeLowest(from: number): number {
    for (let group = from >>> 10; group < this.#groups.length; group++) {
      const words = this.#groups[group] ?? 0;
      if (words === 0) continue;
      const word = (group << 5) + lowestBit(words);
      const bits = this.#bits[word] ?? 0;
      const left = bits & (bits - 1);
      this.#bits[word] = left;
      if (left === 0) this.#groups[group] = words & (words - 1);
      return (word << 5) + lowestBit(bits);
    }
    return NONE;
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
