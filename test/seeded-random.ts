// Random numbers that are the same in every run (mulberry32), so that a difference found once is found again.

export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 <= number < 1. */
  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** 0 <= integer < limit. */
  below(limit: number): number {
    return Math.floor(this.number() * limit);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** `length` results, joined. */
  text(length: number, piece: () => string): string {
    return Array.from({ length }, piece).join('');
  }
}

/** The same as one function: each call gives a number, 0 <= number < 1. */
export function seededRandom(seed: number): () => number {
  const random = new SeededRandom(seed);
  return () => random.number();
}
