// Which worker of a pool costs least? Looks at each once; matches the prompt against a worker's prefix index only
// where the answer could change the ranking.
import type { PoolView, PrefixChain, WorkerView } from '#workers';
import { placementCost } from './placement-cost.ts';
import type { Demand, RankedWorker, RoutePolicy, RouteQuery } from './route.ts';
import { isFull, isRoutable } from './worker-room.ts';

/** The first choice and two more for retries (decisions R4: at most two more workers). */
const RANKED_WORKERS = 3;

export interface PoolRanking {
  readonly pool: PoolView;
  /** Cheapest first, at most RANKED_WORKERS; of no use while the pool has no room. */
  readonly workers: readonly CostedWorker[];
  /** Some worker is not full. */
  readonly hasRoom: boolean;
  /** Some worker may be given work, even if none has room. */
  readonly hasRoutable: boolean;
}

interface CostedWorker extends RankedWorker {
  readonly cost: number;
}

/**
 * Full is for the pool to be: while one of its workers has room, the cheapest is taken, be it full or not. To pass
 * over a full worker that holds the prompt's head for an empty one that must compute it all costs both of them more,
 * and loses the prefix from then on (measured: docs/adr/0004-placement.md). How far a worker can be overfilled is
 * bounded by its cost: it never exceeds that of a worker with room.
 */
export function rankWorkers(
  pool: PoolView,
  query: RouteQuery,
  demand: Demand,
  policy: RoutePolicy,
): PoolRanking {
  const { workers } = pool;
  const best: CostedWorker[] = [];
  const kvTokens = demand.tokens * query.answers;
  const leastUncached = uncachedTokens(query, query.chain?.hashes.length ?? 0);
  // Each gateway fills its part: what others have sent and not begun to compute, no scrape tells. KV in use it does tell.
  const fullQueuedTokens = policy.fullQueuedTokens / Math.max(1, query.gateways ?? 1);
  const start = (query.tieBreak ?? 0) % (workers.length || 1);
  let hasRoom = false;
  let hasRoutable = false;
  for (let turn = 0; turn < workers.length; turn++) {
    const worker = workers[(start + turn) % workers.length];
    if (worker === undefined || !isRoutable(worker, query)) continue;
    hasRoutable = true;
    if (worker.isRefusing) continue;
    const last = best[RANKED_WORKERS - 1];
    if (hasRoom && last && placementCost(worker, leastUncached) > last.cost) continue;
    const uncached = uncachedTokens(query, matchedChunks(worker, query.chain));
    hasRoom ||= !isFull(worker, uncached, kvTokens, fullQueuedTokens);
    keepBest(best, { worker, uncachedTokens: uncached, cost: placementCost(worker, uncached) });
  }
  return { pool, workers: best, hasRoom, hasRoutable };
}

/** At equal cost the worker with fewer requests goes first, then whoever's turn came first. */
export function isCheaper(a: CostedWorker, b: CostedWorker): boolean {
  if (a.cost !== b.cost) return a.cost < b.cost;
  return a.worker.load.requests < b.worker.load.requests;
}

function matchedChunks(worker: WorkerView, chain: PrefixChain | null): number {
  return chain === null || chain.hashes.length === 0 ? 0 : worker.matchPrefix(chain);
}

/** vLLM always computes at least the last prompt token, cached or not: without it there is nothing to sample from. */
function uncachedTokens(query: RouteQuery, chunks: number): number {
  const cachedTokens = chunks * (query.chain?.tokensPerChunk ?? 0);
  return Math.max(1, Math.ceil(query.promptTokens - cachedTokens));
}

function keepBest(best: CostedWorker[], candidate: CostedWorker): void {
  let place = best.length;
  for (; place > 0; place--) {
    const above = best[place - 1];
    if (above === undefined || !isCheaper(candidate, above)) break;
  }
  if (place === RANKED_WORKERS) return;
  best.splice(place, 0, candidate);
  if (best.length > RANKED_WORKERS) best.pop();
}
