// The KV memory of one worker in blocks, with vLLM's prefix cache: a full block is found again by the chained hash of
// all tokens up to its end, blocks nobody uses stay until the room is needed, and the least recently used go first.
export class KvCache {
  readonly capacityBlocks: number;
  readonly blockTokens: number;
  /** Full, hashed blocks in use and by how many sequences. */
  readonly #pinned = new Map<number, number>();
  /** Full, hashed blocks nobody uses, oldest first. */
  readonly #idle = new Set<number>();
  /** Blocks in use without a hash: not full yet, or not computed yet. */
  #privateBlocks = 0;

  constructor(capacityBlocks: number, blockTokens: number) {
    this.capacityBlocks = capacityBlocks;
    this.blockTokens = blockTokens;
  }

  get usedBlocks(): number {
    return this.#pinned.size + this.#privateBlocks;
  }

  get usage(): number {
    return this.usedBlocks / this.capacityBlocks;
  }

  /** How many blocks at the head of the chain are here. */
  match(hashes: readonly number[], limit: number): number {
    let found = 0;
    while (found < limit) {
      const hash = hashes[found];
      if (hash === undefined || !(this.#pinned.has(hash) || this.#idle.has(hash))) break;
      found += 1;
    }
    return found;
  }

  /** Pins the first `hits` blocks of the chain and takes `fresh` private ones; false, changing nothing, without room. */
  admit(hashes: readonly number[], hits: number, fresh: number): boolean {
    let fromIdle = 0;
    for (let index = 0; index < hits; index += 1) if (this.#idle.has(hashes[index] ?? 0)) fromIdle += 1;
    if (fresh > this.capacityBlocks - this.usedBlocks - fromIdle) return false;
    for (let index = 0; index < hits; index += 1) this.#pin(hashes[index] ?? 0);
    this.#privateBlocks += fresh;
    this.#evict();
    return true;
  }

  /** One more private block; false without room. */
  grow(): boolean {
    if (this.usedBlocks >= this.capacityBlocks) return false;
    this.#privateBlocks += 1;
    this.#evict();
    return true;
  }

  /** A private block has become full: from now on others find it by its hash. */
  publish(hash: number): void {
    this.#privateBlocks -= 1;
    this.#pin(hash);
  }

  /** Gives a sequence's blocks back, the tail first, so that the head of a chain outlives its tail. */
  release(published: readonly number[], privateBlocks: number): void {
    this.#privateBlocks -= privateBlocks;
    for (let index = published.length - 1; index >= 0; index -= 1) {
      const hash = published[index] ?? 0;
      const users = (this.#pinned.get(hash) ?? 1) - 1;
      if (users > 0) {
        this.#pinned.set(hash, users);
      } else {
        this.#pinned.delete(hash);
        this.#idle.add(hash);
      }
    }
  }

  #pin(hash: number): void {
    this.#idle.delete(hash);
    this.#pinned.set(hash, (this.#pinned.get(hash) ?? 0) + 1);
  }

  #evict(): void {
    const room = this.capacityBlocks - this.usedBlocks;
    for (const hash of this.#idle) {
      if (this.#idle.size <= room) return;
      this.#idle.delete(hash);
    }
  }
}
