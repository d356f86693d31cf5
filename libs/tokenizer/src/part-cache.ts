// Counts of prompt parts already seen, by the hash of their text: a chat sends its whole history with each turn, and
// counts only what is new. Bounded; two generations stand for "least recently used" at the price of one map look-up.
import { hash } from 'node:crypto';

export class PartCache {
  readonly #entriesPerGeneration: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  /** Holds at most this many counts, and at least the most recent half of them. */
  constructor(entries: number) {
    this.#entriesPerGeneration = Math.floor(entries / 2);
  }

  /** Not the text itself, which may be long and is nobody's business: 32 bytes of SHA-256, one character each. */
  keyOf(part: string): string {
    return hash('sha256', part, 'latin1');
  }

  get(key: string): number | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, tokens: number): void {
    if (this.#entriesPerGeneration === 0) return;
    if (this.#young.size >= this.#entriesPerGeneration && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, tokens);
  }
}
