// The keys in memory: those used last, and for two seconds the ids that nobody has. Both bounded, so that neither many keys nor
// many made-up ones are more than a bound of memory.
import { LRUCache } from 'lru-cache';
import type { KnownKey } from './known-key.ts';
import type { StoredKey } from './stored-key.ts';

/** A new key works at the latest so long after somebody tried it too early, even with the push lost (K4). */
const UNKNOWN_MS = 2_000;
const UNKNOWN_IDS = 10_000;

export class KeyMemory {
  readonly #keys: LRUCache<string, KnownKey>;
  readonly #unknown: LRUCache<string, true>;

  constructor(maxKeys: number) {
    this.#keys = new LRUCache({ max: maxKeys });
    this.#unknown = new LRUCache({ max: UNKNOWN_IDS, ttl: UNKNOWN_MS });
  }

  get size(): number {
    return this.#keys.size;
  }

  get(id: string): KnownKey | undefined {
    return this.#keys.get(id);
  }

  isUnknown(id: string): boolean {
    return this.#unknown.has(id);
  }

  noteUnknown(id: string): void {
    this.#unknown.set(id, true);
  }

  mayBeKnown(id: string): void {
    this.#unknown.delete(id);
  }

  put(known: KnownKey): void {
    this.#keys.set(known.stored.caller.keyId, known);
  }

  /** Only where it is in memory; leaves what was read later than `readAtMs`. */
  refresh(id: string, stored: StoredKey | undefined, readAtMs: number): void {
    const known = this.#keys.peek(id);
    if (known === undefined || readAtMs < known.readAtMs) return;
    if (stored === undefined) this.#keys.delete(id);
    else known.update(stored, readAtMs);
  }

  ids(): string[] {
    return [...this.#keys.keys()];
  }

  /** Least used first, so that putting them back in this order keeps the order. */
  stored(): StoredKey[] {
    return [...this.#keys.rvalues()].flatMap((known) => (known === undefined ? [] : [known.stored]));
  }

  forgetProofs(): void {
    for (const known of this.#keys.values()) known?.forgetProof();
  }
}
