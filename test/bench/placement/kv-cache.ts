// The KV cache of one modelled worker: blocks in use, blocks kept for re-use, blocks of one request alone. Everything
// a request may come to need is reserved when it is admitted; generated tokens are never kept (the traces have no ids
// for them).
import type { ReplayRequest } from './replay-request.ts';

export const BLOCK_TOKENS = 512;

export class KvCache {
  readonly #capacityBlocks: number;
  /** Blocks in use, by how many admitted requests. */
  readonly #pinned = new Map<number, number>();
  /** Blocks nobody uses, oldest first. */
  readonly #kept = new Set<number>();
  readonly #privateOf = new Map<ReplayRequest, number>();
  #private = 0;

  constructor(capacityBlocks: number) {
    this.#capacityBlocks = capacityBlocks;
  }

  get usedBlocks(): number {
    return this.#pinned.size + this.#private;
  }

  /** Hit blocks at the head of the prompt when it was admitted; null = no room, nothing was taken. */
  admit(request: ReplayRequest): number | null {
    const { fullBlocks, blocks } = request;
    const hits = this.#hits(request);
    const total = Math.ceil((request.promptTokens + request.outputTokens) / BLOCK_TOKENS);
    const needed = total - hits;
    if (needed > this.#capacityBlocks - this.usedBlocks - this.#keptAmong(blocks, hits)) return null;
    for (let at = 0; at < hits; at++) this.#pin(blocks[at]);
    this.#evictUntil(needed);
    for (let at = hits; at < fullBlocks; at++) this.#pin(blocks[at]);
    this.#privateOf.set(request, total - fullBlocks);
    this.#private += total - fullBlocks;
    return hits;
  }

  /** Tail first, so that the head of a chain is newer than its tail and tails are evicted first. */
  release(request: ReplayRequest): void {
    this.#private -= this.#privateOf.get(request) ?? 0;
    this.#privateOf.delete(request);
    for (let at = request.fullBlocks - 1; at >= 0; at--) this.#unpin(request.blocks[at]);
  }

  #hits({ blocks, fullBlocks }: ReplayRequest): number {
    let hits = 0;
    for (; hits < fullBlocks; hits++) {
      const block = blocks[hits];
      if (block === undefined || !(this.#pinned.has(block) || this.#kept.has(block))) break;
    }
    return hits;
  }

  #keptAmong(blocks: readonly number[], hits: number): number {
    let kept = 0;
    for (let at = 0; at < hits; at++) if (this.#kept.has(blocks[at] ?? Number.NaN)) kept++;
    return kept;
  }

  #pin(block: number | undefined): void {
    if (block === undefined) return;
    this.#kept.delete(block);
    this.#pinned.set(block, (this.#pinned.get(block) ?? 0) + 1);
  }

  #unpin(block: number | undefined): void {
    if (block === undefined) return;
    const users = (this.#pinned.get(block) ?? 1) - 1;
    if (users > 0) {
      this.#pinned.set(block, users);
      return;
    }
    this.#pinned.delete(block);
    this.#kept.add(block);
  }

  #evictUntil(neededBlocks: number): void {
    const free = (): number => this.#capacityBlocks - this.usedBlocks - this.#kept.size;
    if (free() >= neededBlocks) return;
    for (const oldest of this.#kept) {
      this.#kept.delete(oldest);
      if (free() >= neededBlocks) return;
    }
  }
}
