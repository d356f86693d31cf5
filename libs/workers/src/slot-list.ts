// A bag whose members know their place in it. For members that come and go thousands of times a second a Set is a trap:
// V8 replaces its table every few dozen changes, each old table points to the next and still to what it held, and once
// one of them is in the old generation, everything that was ever in the bag lives until the next full collection
// (measured: 10 KB a request promoted, 13 % of the time in scavenges; docs/adr/0007).

export interface Slotted {
  /** Its place, kept by the list; -1 outside. A member is in one list at a time. */
  slot: number;
}

export class SlotList<T extends Slotted> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  has(item: T): boolean {
    // Asked for place -1 an array looks for a property of that name, in all it inherits from, too.
    return item.slot >= 0 && this.#items[item.slot] === item;
  }

  /** Idempotent. */
  add(item: T): void {
    if (this.has(item)) return;
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** Idempotent. The last member takes its place. */
  delete(item: T): void {
    if (!this.has(item)) return;
    const last = this.#items.pop();
    if (last && last !== item) {
      this.#items[item.slot] = last;
      last.slot = item.slot;
    }
    item.slot = -1;
  }

  /** Newest first. Members may come and go meanwhile: who left is not visited; who moved up may be visited twice. */
  each(visit: (item: T) => void): void {
    for (let at = this.#items.length - 1; at >= 0; at--) {
      const item = this.#items[at];
      if (item) visit(item);
    }
  }

  toArray(): readonly T[] {
    return [...this.#items];
  }
}
