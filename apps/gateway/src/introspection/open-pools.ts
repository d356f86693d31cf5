// What a key is shown of a model: the pools its scopes leave, as the router would take them.
import { isInScope } from '#routing';
import type { Caller } from '#tenancy';
import type { Fleet, PoolView } from '#workers';
import { routeScope } from '../completions/key-scopes.ts';
import type { ServedModel } from '../models/served-model.ts';

/** null: the key has scopes that leave it none. A model that has no pool yet is shown to keys without such scopes. */
export function openPools(
  model: ServedModel,
  caller: Caller,
  fleet: Pick<Fleet, 'snapshot'>,
): readonly PoolView[] | null {
  const pools = fleet.snapshot().pools.filter((pool) => pool.model === model.id);
  const scope = routeScope(caller);
  if (scope === null) return pools;
  const open = pools.filter((pool) => isInScope(pool, scope));
  return open.length === 0 ? null : open;
}

/** 0 without a pool. */
export function longestWindow(pools: readonly PoolView[] | null): number {
  return Math.max(0, ...(pools ?? []).map((pool) => pool.windowTokens));
}
