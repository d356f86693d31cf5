// What is held, by request id. Thousands enter and leave a second, so not a Map: V8 keeps what was in one until a full
// collection (docs/adr/0007). An open table with linear probing, where what leaves is referred to by nothing.

export interface LiveRequest {
  readonly requestId: string;
}

const LEAST_SLOTS = 64;

export class LiveRequests<T extends LiveRequest> {
  #slots: (T | null)[] = emptySlots(LEAST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(requestId: string): T | null {
    return this.#slots[this.#find(requestId)] ?? null;
  }

  /** Replaces one of the same id. */
  add(item: T): void {
    if ((this.#size + 1) * 2 > this.#slots.length) this.#resize(this.#slots.length * 2);
    const at = this.#find(item.requestId);
    if (this.#slots[at] === null) this.#size++;
    this.#slots[at] = item;
  }

  /** Idempotent. Moves up those that had to step aside for it, so that no marker stays behind. */
  delete(item: T): void {
    let hole = this.#find(item.requestId);
    if (this.#slots[hole] !== item) return;
    this.#slots[hole] = null;
    this.#size--;
    const mask = this.#slots.length - 1;
    for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      const other = this.#slots[at] ?? null;
      if (other === null) break;
      const wished = hashOf(other.requestId) & mask;
      // It may move into the hole unless its own place lies after the hole.
      if (((at - wished) & mask) < ((at - hole) & mask)) continue;
      this.#slots[hole] = other;
      this.#slots[at] = null;
      hole = at;
    }
    if (this.#slots.length > LEAST_SLOTS && this.#size * 8 < this.#slots.length)
      this.#resize(this.#slots.length / 2);
  }

  /** Who comes or goes meanwhile may be missed or visited twice. */
  each(visit: (item: T) => void): void {
    for (const item of [...this.#slots]) if (item !== null) visit(item);
  }

  /** The same for one of so many parts, which have nearly the same size; together they are all. */
  eachOfPart(part: number, parts: number, visit: (item: T) => void): void {
    const some: T[] = [];
    for (let at = part; at < this.#slots.length; at += parts) {
      const item = this.#slots[at] ?? null;
      if (item !== null) some.push(item);
    }
    for (const item of some) visit(item);
  }

  #find(requestId: string): number {
    const mask = this.#slots.length - 1;
    let at = hashOf(requestId) & mask;
    for (let other = this.#slots[at] ?? null; other !== null; other = this.#slots[at] ?? null) {
      if (other.requestId === requestId) break;
      at = (at + 1) & mask;
    }
    return at;
  }

  #resize(length: number): void {
    const old = this.#slots;
    this.#slots = emptySlots(length);
    for (const item of old) if (item !== null) this.#slots[this.#find(item.requestId)] = item;
  }
}

function emptySlots<T>(length: number): (T | null)[] {
  return new Array<T | null>(length).fill(null);
}

/** FNV-1a over the last few characters: ids are random there, and six hexadecimal digits tell 16 million apart. */
function hashOf(requestId: string): number {
  let hash = 0x811c9dc5;
  for (let at = Math.max(0, requestId.length - 6); at < requestId.length; at++) {
    hash = Math.imul(hash ^ requestId.charCodeAt(at), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}
