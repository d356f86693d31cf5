// Which pool, which workers in what order? Arithmetic on values: no clock, no random number, no state. Length decides
// which pools may take the request (settle-pools.ts), the rope orders them, load decides the worker (rank-
// workers.ts).
import type { FleetSnapshot, PoolView } from '#workers';
import { neededWindow } from './demand.ts';
import { isCheaper, type PoolRanking, rankWorkers } from './rank-workers.ts';
import { noPool, outOfScope, pinnedTooSmall, poolNotFound } from './refusals.ts';
import type { Demand, PoolFit, RouteDecision, RoutePolicy, RouteQuery, RouteScope } from './route.ts';
import { isAny, type Pools, type Settled, settlePools } from './settle-pools.ts';
import { type Choice, isInScope, whyNot } from './why-not.ts';

/** Never throws. Ask again with `waitedMs` and `excluded` brought up to date after a wait or a failed worker. */
export function chooseRoute(query: RouteQuery, snapshot: FleetSnapshot, policy: RoutePolicy): RouteDecision {
  const pools = poolsOf(query.model, snapshot);
  if (pools === null) return { kind: 'refuse', demand: null, pools: [], fault: noPool(query) };
  const settled = query.scope
    ? settleInScope(query, query.scope, pools, policy)
    : settlePools(query, pools, policy);
  if (!settled.settled) {
    const { demand, fault } = settled;
    return {
      kind: 'refuse',
      demand,
      pools: poolFits(pools, { query, demand, chosen: null, looked: [] }),
      fault,
    };
  }
  return place(query, settled, pools, policy);
}

/** What the key may not use is as if it were not there; but a refusal says so where it would have taken the request. */
function settleInScope(query: RouteQuery, scope: RouteScope, pools: Pools, policy: RoutePolicy): Settled {
  const allowed = pools.filter((pool) => isInScope(pool, scope));
  const inside = isAny(allowed) ? settlePools(query, allowed, policy) : null;
  if (inside?.settled) return inside;
  const anywhere = settlePools(query, pools, policy);
  if (anywhere.settled) {
    const fault = outOfScope(anywhere.demand, allowed);
    return { settled: false, demand: anywhere.demand, fault };
  }
  // A pin that leads nowhere is no way to be told the names of all pools.
  const { code } = anywhere.fault;
  if (code !== 'pool_not_found' && code !== 'pool_too_small') return anywhere;
  const pinned = allowed.find(({ name }) => name === query.pinnedPool);
  if (pinned === undefined) return { ...anywhere, fault: poolNotFound(query, allowed) };
  if (inside?.fault.code === 'pool_too_small') return inside;
  // Only pools it may not use would take it.
  return { ...anywhere, fault: pinnedTooSmall(pinned, anywhere.demand, []) };
}

/** The smallest rope has the first word; the next one is asked only once a spill is due, and only one step up. */
function place(
  query: RouteQuery,
  settled: Extract<Settled, { settled: true }>,
  pools: Pools,
  policy: RoutePolicy,
): RouteDecision {
  const { demand, candidates, clippedOutput } = settled;
  const [smallest, next] = byFactor(candidates);
  const looked: PoolRanking[] = [];
  const home = rankTier(smallest, query, demand, policy, looked);
  const fits = (chosen: PoolView) => poolFits(pools, { query, demand, chosen, looked });
  if (home.best) return dispatch(home.best, home.best.pool, settled, fits(home.best.pool));

  const spillInMs = untilSpill(query, next, policy);
  const up = spillInMs === 0 ? rankTier(next, query, demand, policy, looked) : NOTHING_RANKED;
  if (up.best) return dispatch(up.best, candidates[0], { ...settled, reason: 'spill' }, fits(up.best.pool));

  const waitFor = spillInMs === 0 ? [...smallest, ...next] : smallest;
  const askAgainMs = spillInMs === 0 ? null : spillInMs;
  return {
    kind: 'wait',
    demand,
    pools: fits(candidates[0]),
    pool: candidates[0],
    reason: settled.reason,
    waitFor: waitFor.map((pool) => pool.name),
    unavailable: !home.hasRoutable && !up.hasRoutable,
    exhausted: askAgainMs === null && allExcluded(waitFor, query),
    askAgainMs,
    clippedOutput,
  };
}

/** Pools of one factor. */
type Tier = readonly PoolView[];

/** Milliseconds until the next rope may be asked; 0 = now, null = never. */
function untilSpill(query: RouteQuery, next: Tier, policy: RoutePolicy): number | null {
  if (next.length === 0 || policy.spillAfterMs === null || query.pinnedPool !== null) return null;
  return Math.max(0, policy.spillAfterMs - query.waitedMs);
}

/** A pool that has no worker yet may get one; only workers that are there can have failed. */
function allExcluded(tier: Tier, query: RouteQuery): boolean {
  const excluded = new Set(query.excluded);
  return tier.every(({ workers }) => workers.length > 0 && workers.every(({ id }) => excluded.has(id)));
}

interface TierRanking {
  /** Of the pools with room the one whose cheapest worker is the cheapest. */
  readonly best: PoolRanking | null;
  readonly hasRoutable: boolean;
}

const NOTHING_RANKED: TierRanking = { best: null, hasRoutable: false };

/** Adds what it found of each pool to `looked`. */
function rankTier(
  tier: Tier,
  query: RouteQuery,
  demand: Demand,
  policy: RoutePolicy,
  looked: PoolRanking[],
): TierRanking {
  let best: PoolRanking | null = null;
  let hasRoutable = false;
  for (const pool of tier) {
    const ranking = rankWorkers(pool, query, demand, policy);
    looked.push(ranking);
    hasRoutable ||= ranking.hasRoutable;
    const [first] = ranking.hasRoom ? ranking.workers : [];
    const [bestFirst] = best?.workers ?? [];
    if (first && (!bestFirst || isCheaper(first, bestFirst))) best = ranking;
  }
  return { best, hasRoutable };
}

function dispatch(
  ranking: PoolRanking,
  need: PoolView,
  settled: Extract<Settled, { settled: true }>,
  pools: readonly PoolFit[],
): RouteDecision {
  const { demand, reason, clippedOutput } = settled;
  return {
    kind: 'dispatch',
    demand,
    pools,
    pool: ranking.pool,
    need,
    reason,
    workers: ranking.workers,
    clippedOutput,
  };
}

/** The candidates with the smallest factor, and those with the next. They come in sorted by factor. */
function byFactor(candidates: Pools): readonly [Tier, Tier] {
  const ends = tierEnd(candidates, 0);
  return [candidates.slice(0, ends), candidates.slice(ends, tierEnd(candidates, ends))];
}

/** Behind the last of those with the same factor as the one at `from`. */
function tierEnd(candidates: Pools, from: number): number {
  const factor = candidates[from]?.rope.factor;
  let at = from;
  while (at < candidates.length && candidates[at]?.rope.factor === factor) at++;
  return at;
}

const known = new WeakMap<FleetSnapshot, Map<string, Pools | null>>();

/** Smallest rope first; null: the model has none. A snapshot stays as it is: the fleet makes another when its workers change. */
function poolsOf(model: string, snapshot: FleetSnapshot): Pools | null {
  const ofModels = known.get(snapshot) ?? new Map<string, Pools | null>();
  const found = ofModels.get(model);
  if (found !== undefined) return found;
  const pools = snapshot.pools.filter((pool) => pool.model === model).sort(bySmallestRope);
  const own = isAny(pools) ? pools : null;
  ofModels.set(model, own);
  known.set(snapshot, ofModels);
  return own;
}

function bySmallestRope(a: PoolView, b: PoolView): number {
  return a.rope.factor - b.rope.factor || a.windowTokens - b.windowTokens;
}

function poolFits(pools: Pools, choice: Choice): PoolFit[] {
  const { demand } = choice;
  return pools.map((pool) => ({
    name: pool.name,
    rope: pool.rope,
    windowTokens: pool.windowTokens,
    fits: pool.windowTokens >= neededWindow(demand),
    headroom: pool.windowTokens - demand.tokens,
    whyNot: whyNot(pool, choice),
  }));
}
