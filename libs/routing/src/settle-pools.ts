// Which pools may a request go to at all, by length alone? Load plays no part here: what this file lets through fits,
// and choose-route.ts can only pick among what this file lets through.
import type { Fault } from '#protocol';
import type { PoolView } from '#workers';
import { askedDemand, demandWithin, neededWindow, promptWindow } from './demand.ts';
import { outputTooLong, pinnedTooSmall, poolNotFound, promptTooLong } from './refusals.ts';
import type { Demand, RoutePolicy, RouteQuery, RouteReason } from './route.ts';

/** At least one pool. */
export type Pools = readonly [PoolView, ...PoolView[]];

export function isAny(pools: readonly PoolView[]): pools is Pools {
  return pools.length > 0;
}

export type Settled =
  | {
      readonly settled: true;
      readonly demand: Demand;
      /** Every one with window >= demand and >= prompt + 1, in the order they came in. */
      readonly candidates: Pools;
      readonly reason: RouteReason;
      readonly clippedOutput: number | null;
    }
  | { readonly settled: false; readonly demand: Demand; readonly fault: Fault };

/** `pools`: all of the query's model, smallest rope first. */
export function settlePools(query: RouteQuery, pools: Pools, policy: RoutePolicy): Settled {
  const demand = askedDemand(query, policy);
  const fitting = pools.filter((pool) => pool.windowTokens >= neededWindow(demand));
  if (query.pinnedPool !== null) return settlePinned(query, pools, fitting, demand, policy);
  if (!isAny(fitting)) return settleLargest(query, pools, demand, policy);
  const reason = outputMovedItUp(pools, fitting[0], demand) ? 'output-budget' : 'smallest-rope';
  return { settled: true, demand, candidates: fitting, reason, clippedOutput: null };
}

/** A pin is honoured where the request fits, and where it would be squeezed into a window anyway. */
function settlePinned(
  query: RouteQuery,
  pools: Pools,
  fitting: readonly PoolView[],
  demand: Demand,
  policy: RoutePolicy,
): Settled {
  const pool = pools.find((candidate) => candidate.name === query.pinnedPool);
  if (!pool) return { settled: false, demand, fault: poolNotFound(query, pools) };
  if (fitting.includes(pool)) {
    return { settled: true, demand, candidates: [pool], reason: 'pinned', clippedOutput: null };
  }
  if (fitting.length > 0) return { settled: false, demand, fault: pinnedTooSmall(pool, demand, fitting) };
  const squeezed = squeeze(query, [pool], demand, policy);
  if (squeezed) return { ...squeezed, reason: 'pinned' };
  const elsewhere = settleLargest(query, pools, demand, policy);
  if (!elsewhere.settled) return elsewhere;
  return { settled: false, demand, fault: pinnedTooSmall(pool, demand, elsewhere.candidates) };
}

/**
 * No window takes the whole demand. What is left goes to the largest window: the answer is cut where the window ends,
 * so the largest is the one that cuts it latest. (Any window the prompt fits would do; with an assumed budget of a
 * few thousand tokens it is nearly always the same pool.)
 */
function settleLargest(query: RouteQuery, pools: Pools, demand: Demand, policy: RoutePolicy): Settled {
  const largest = largestOf(pools);
  const { windowTokens } = largest[0];
  const squeezed = squeeze(query, largest, demand, policy);
  if (squeezed) return squeezed;
  const tooLong = windowTokens < promptWindow(demand) ? promptTooLong : outputTooLong;
  return { settled: false, demand, fault: tooLong(query, demand, windowTokens) };
}

/** Takes what room the prompt leaves in pools of one window, where the rules allow that; null where they don't. */
function squeeze(
  query: RouteQuery,
  pools: Pools,
  asked: Demand,
  policy: RoutePolicy,
): Extract<Settled, { settled: true }> | null {
  const { windowTokens } = pools[0];
  if (windowTokens < promptWindow(asked)) return null;
  const demand = demandWithin(windowTokens, asked);
  if (query.statedOutput === null) {
    return { settled: true, demand, candidates: pools, reason: 'prompt-only', clippedOutput: null };
  }
  if (policy.overBudget === 'refuse') return null;
  return {
    settled: true,
    demand,
    candidates: pools,
    reason: 'clipped',
    clippedOutput: demand.outputBudget,
  };
}

function outputMovedItUp(pools: Pools, smallest: PoolView, demand: Demand): boolean {
  const forPrompt = pools.find((pool) => pool.windowTokens >= promptWindow(demand));
  return forPrompt !== undefined && forPrompt.rope.factor < smallest.rope.factor;
}

/** The pools with the largest window, the smallest rope of them first. */
function largestOf(pools: Pools): Pools {
  const largest = pools.reduce((found, pool) => (pool.windowTokens > found.windowTokens ? pool : found));
  return [largest, ...pools.filter((pool) => pool !== largest && pool.windowTokens === largest.windowTokens)];
}
