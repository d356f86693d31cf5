// All tokens of a vocabulary as a byte trie laid out as a double array: from state `s` a byte leads to state
// t = cells[2s] + byte, and there is such a step only if cells[2t + 1] is `s`. One memory access a byte, where a hash
// of (state, byte) needs several.

export interface TokenTrie {
  /** Two ints a state: where its children start, and the state it is a child of (-1: no such state). State 0 is the root. */
  readonly cells: Int32Array;
  /** By state: the longest token that is a prefix of the path here, itself included; -1 for none. */
  readonly longest: Int32Array;
}

interface TrieOfTokens {
  readonly trie: TokenTrie;
  /** By token: the longest token that is a proper prefix of it; -1 for none. */
  readonly shorter: Int32Array;
}

export function buildTokenTrie(bytes: Uint8Array, offsets: Int32Array): TrieOfTokens {
  const size = offsets.length - 1;
  const nodes = new NodeTable(bytes, offsets);
  const { first, children, labels } = nodes.childLists();
  const count = nodes.count;

  // Placed breadth first by node number, which children have higher than their parents.
  const layout = new Layout(count);
  const stateOfNode = new Int32Array(count);
  for (let node = 0; node < count; node++) {
    const from = first[node] ?? 0;
    const to = first[node + 1] ?? 0;
    if (from === to) continue;
    const state = stateOfNode[node] ?? 0;
    const base = layout.place(labels, from, to);
    layout.cells[2 * state] = base;
    for (let index = from; index < to; index++) {
      const child = base + (labels[index] ?? 0);
      layout.cells[2 * child + 1] = state;
      stateOfNode[children[index] ?? 0] = child;
    }
  }

  const longestOfNode = new Int32Array(count).fill(-1);
  const shorter = new Int32Array(new SharedArrayBuffer(4 * size)).fill(-1);
  const longest = new Int32Array(new SharedArrayBuffer(4 * layout.size)).fill(-1);
  for (let node = 1; node < count; node++) {
    const inherited = longestOfNode[nodes.parent[node] ?? 0] ?? -1;
    const own = nodes.token[node] ?? -1;
    if (own >= 0) shorter[own] = inherited;
    longestOfNode[node] = own >= 0 ? own : inherited;
    longest[stateOfNode[node] ?? 0] = longestOfNode[node] ?? -1;
  }
  const cells = new Int32Array(new SharedArrayBuffer(8 * layout.size));
  cells.set(layout.cells.subarray(0, 2 * layout.size));
  return { trie: { cells, longest }, shorter };
}

/** The plain trie the double array is laid out from; its nodes are numbered as they are made, parents first. */
class NodeTable {
  count = 1;
  readonly parent: Int32Array;
  /** By node: the token that ends here, -1 for none. */
  readonly token: Int32Array;
  readonly #label: Uint8Array;
  /** Open addressing from node * 256 + byte to the child; 0 is free, as no node's child is the root. */
  readonly #keys: Int32Array;
  readonly #values: Int32Array;

  constructor(bytes: Uint8Array, offsets: Int32Array) {
    const most = bytes.length + 1;
    this.parent = new Int32Array(most);
    this.token = new Int32Array(most).fill(-1);
    this.#label = new Uint8Array(most);
    const slots = 2 ** Math.ceil(Math.log2(most * 1.5));
    this.#keys = new Int32Array(slots);
    this.#values = new Int32Array(slots);
    for (let id = 0; id < offsets.length - 1; id++) {
      let node = 0;
      const end = offsets[id + 1] ?? 0;
      for (let position = offsets[id] ?? 0; position < end; position++)
        node = this.#child(node, bytes[position] ?? 0);
      this.token[node] = id;
    }
  }

  /** Children and their labels grouped by parent: those of `node` lie at [first[node], first[node + 1]). */
  childLists(): { first: Int32Array; children: Int32Array; labels: Uint8Array } {
    const first = new Int32Array(this.count + 1);
    for (let node = 1; node < this.count; node++)
      first[(this.parent[node] ?? 0) + 1] = (first[(this.parent[node] ?? 0) + 1] ?? 0) + 1;
    for (let node = 0; node < this.count; node++)
      first[node + 1] = (first[node + 1] ?? 0) + (first[node] ?? 0);
    const free = first.slice();
    const children = new Int32Array(this.count);
    const labels = new Uint8Array(this.count);
    for (let node = 1; node < this.count; node++) {
      const parent = this.parent[node] ?? 0;
      const index = free[parent] ?? 0;
      free[parent] = index + 1;
      children[index] = node;
      labels[index] = this.#label[node] ?? 0;
    }
    return { first, children, labels };
  }

  #child(node: number, byte: number): number {
    const mask = this.#keys.length - 1;
    const key = node * 256 + byte;
    let slot = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
    for (; this.#values[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#keys[slot] === key) return this.#values[slot] ?? 0;
    }
    const child = this.count++;
    this.#keys[slot] = key;
    this.#values[slot] = child;
    this.parent[child] = node;
    this.#label[child] = byte;
    return child;
  }
}

/** Free cells given to groups of children that take whichever offset fits first. */
class Layout {
  cells: Int32Array;
  /** States in use and as many again as any byte can reach beyond them, so that no look-up leaves the array. */
  size = 256;
  /** Links the free cells upwards; a used cell links to where it was. */
  #nextFree: Int32Array;
  #firstFree = 256;

  constructor(nodes: number) {
    const most = 2 * nodes + 65_536;
    this.cells = new Int32Array(2 * most);
    for (let state = 0; state < most; state++) this.cells[2 * state + 1] = -1;
    this.#nextFree = Int32Array.from({ length: most }, (_, state) => state + 1);
  }

  /** An offset at which every label's cell is free; the caller marks them used. */
  place(labels: Uint8Array, from: number, to: number): number {
    let lowest = 255;
    for (let index = from; index < to; index++) lowest = Math.min(lowest, labels[index] ?? 0);
    let cell = this.#free(this.#firstFree);
    this.#firstFree = cell;
    // Crowded regions are given up after this many tries: a few cells wasted for a build that stays linear.
    for (let tries = 0; !this.#fits(cell - lowest, labels, from, to); tries++) {
      cell = this.#free(tries < 256 ? cell + 1 : Math.max(cell + 1, this.size));
    }
    this.size = Math.max(this.size, cell - lowest + 512);
    return cell - lowest;
  }

  #fits(base: number, labels: Uint8Array, from: number, to: number): boolean {
    for (let index = from; index < to; index++) {
      if (this.cells[2 * (base + (labels[index] ?? 0)) + 1] !== -1) return false;
    }
    return true;
  }

  /** The first free cell at or after this one; shortens the way there for the next who asks. */
  #free(from: number): number {
    let cell = from;
    while (this.cells[2 * cell + 1] !== -1) cell = this.#nextFree[cell] ?? cell + 1;
    if (cell > from) this.#nextFree[from] = cell;
    return cell;
  }
}
