// Why did a request not go to this pool? A word for each pool of the model, decided where the route is: the record of a
// request keeps it when the fleet has long moved on. The sentence is made only when somebody asks.
import type { PoolView } from '#workers';
import { neededWindow } from './demand.ts';
import type { PoolRanking } from './rank-workers.ts';
import { type Demand, isWhyNot, type RouteQuery, type RouteScope, type WhyNot } from './route.ts';
import { isUsable } from './worker-room.ts';

export interface Choice {
  readonly query: RouteQuery;
  readonly demand: Demand;
  /** The pool it goes to or waits for; null: it is refused. */
  readonly chosen: PoolView | null;
  /** The pools whose workers were looked at. */
  readonly looked: readonly PoolRanking[];
}

/** null: it is the chosen one. */
export function whyNot(pool: PoolView, { query, demand, chosen, looked }: Choice): WhyNot | null {
  if (pool === chosen) return null;
  if (pool.windowTokens < neededWindow(demand)) return 'too-short';
  if (query.scope !== null && !isInScope(pool, query.scope)) return 'out-of-scope';
  if (query.pinnedPool !== null && query.pinnedPool !== pool.name) return 'not-pinned';
  const ranking = looked.find((ranked) => ranked.pool === pool);
  if (ranking === undefined) return 'larger-rope';
  if (ranking.hasRoom) return 'not-the-cheapest';
  if (ranking.hasRoutable) return 'full';
  return pool.workers.some(isUsable) ? 'failed' : 'no-ready-worker';
}

export function isInScope(
  pool: Pick<PoolView, 'name' | 'windowTokens'>,
  { pools, maxWindowTokens }: RouteScope,
): boolean {
  return (
    (pools === null || pools.includes(pool.name)) &&
    (maxWindowTokens === null || pool.windowTokens <= maxWindowTokens)
  );
}

/** What is told of a pool; its name stands beside it. The record of a request has the word as it was written. */
interface Judged {
  readonly whyNot: string | null;
  readonly windowTokens: number;
  readonly headroom: number;
}

export interface ToldWhyNot {
  readonly code: WhyNot;
  readonly message: string;
}

/**
 * The word and its sentence, the same in `/v1/route` and in the record of a request; null: the pool was chosen.
 * `chosen`: the name of the one that was; null: the request was refused.
 */
export function tellWhyNot(pool: Judged, chosen: string | null): ToldWhyNot | null {
  const { whyNot: code } = pool;
  return code === null || !isWhyNot(code) ? null : { code, message: sentence(code, pool, chosen) };
}

/** One short sentence for people. */
function sentence(
  why: WhyNot,
  { windowTokens, headroom }: Omit<Judged, 'whyNot'>,
  chosen: string | null,
): string {
  switch (why) {
    case 'too-short':
      return `Too short by ${Math.max(1, -headroom)} tokens: its window is ${windowTokens}, the request needs ${needed(windowTokens, headroom)}.`;
    case 'out-of-scope':
      return 'It fits, but the API key may not use it.';
    case 'not-pinned':
      return 'It fits, but x-ropeway-pool asked for another.';
    case 'larger-rope':
      return `It fits, but its RoPE factor is larger than that of ${chosen ?? 'another pool'}, which fits as well.`;
    case 'no-ready-worker':
      return 'It fits, but no worker of it could be given work.';
    case 'failed':
      return 'It fits, but each of its workers had already failed this request.';
    case 'full':
      return 'It fits, but all its workers were full.';
    case 'not-the-cheapest':
      return `It fits and had room, but a worker of ${chosen ?? 'another pool'} cost less.`;
  }
}

/** A prompt that fills the window needs one token more, for the answer. */
function needed(windowTokens: number, headroom: number): number {
  return windowTokens + Math.max(1, -headroom);
}
