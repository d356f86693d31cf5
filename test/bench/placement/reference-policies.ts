// The policies Ropeway's own is held against, written from their definitions and independent of libs/routing.
import { seededRandom } from '../../seeded-random.ts';
import type { GatewayBook, WorkerBook } from './gateway-book.ts';
import { BLOCK_TOKENS } from './kv-cache.ts';
import type { PlacementPolicy } from './replay.ts';
import type { ReplayRequest } from './replay-request.ts';

const KV_TOKENS = 450_000;
const KV_BLOCKS = Math.floor(KV_TOKENS / BLOCK_TOKENS);

export function roundRobin(book: GatewayBook): PlacementPolicy {
  let turn = 0;
  return {
    place: (request) => ({ worker: turn++ % book.workers.length, uncachedTokens: request.promptTokens }),
  };
}

export function leastRequests(book: GatewayBook, seed: number): PlacementPolicy {
  const random = seededRandom(seed);
  return {
    place: (request) => ({
      worker: cheapest(book, (worker) => worker.requests, random),
      uncachedTokens: request.promptTokens,
    }),
  };
}

/** `cost3~`: what a gateway without KV events should do. Never holds a request back. */
export function costReference(book: GatewayBook, seed: number): PlacementPolicy {
  const random = seededRandom(seed);
  const indexes = book.workers.map(() => new LinearIndex(KV_BLOCKS));
  return {
    place(request) {
      const own = indexes.map((index) => request.promptTokens - BLOCK_TOKENS * index.match(request));
      const cost = ({ queuedTokens, requests, promptTokens }: WorkerBook, worker: number): number =>
        (2 * (own[worker] ?? 0) + queuedTokens + 100 * requests + (8_000 * promptTokens) / KV_TOKENS) / 8_000;
      const worker = cheapest(book, cost, random);
      indexes[worker]?.insert(request);
      return { worker, uncachedTokens: own[worker] ?? request.promptTokens };
    },
  };
}

/** Lowest score; ties to the fewest requests, then at random. */
function cheapest(
  book: GatewayBook,
  score: (worker: WorkerBook, index: number) => number,
  random: () => number,
): number {
  const scores = book.workers.map(score);
  const lowest = Math.min(...scores);
  const tied = book.workers
    .map((_, index) => index)
    .filter((index) => (scores[index] ?? 0) <= lowest + 1e-12);
  const fewest = Math.min(...tied.map((index) => book.of(index).requests));
  const last = tied.filter((index) => book.of(index).requests === fewest);
  return last[Math.floor(random() * last.length)] ?? 0;
}

/** The router-side prefix index by its definition, block by block. */
class LinearIndex {
  readonly #blocks = new Set<number>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  match({ blocks, fullBlocks }: ReplayRequest): number {
    let matched = 0;
    while (matched < fullBlocks && this.#blocks.has(blocks[matched] ?? Number.NaN)) matched++;
    return matched;
  }

  insert({ blocks, fullBlocks }: ReplayRequest): void {
    for (const block of blocks.slice(0, fullBlocks).reverse()) {
      this.#blocks.delete(block);
      this.#blocks.add(block);
    }
    for (const oldest of this.#blocks) {
      if (this.#blocks.size <= this.#capacity) break;
      this.#blocks.delete(oldest);
    }
  }
}
