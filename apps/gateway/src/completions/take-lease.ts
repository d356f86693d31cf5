// A place on the best of the ranked workers that still has one.
import type { Dispatch } from '#routing';
import type { Fleet, Lease } from '#workers';
import { kvTokens } from './kv-tokens.ts';
import type { Prepared } from './prepare.ts';

/** A place on a worker, and what the worker will have to compute. */
export interface Taken {
  readonly route: Dispatch;
  readonly lease: Lease;
  readonly uncachedTokens: number;
}

/** null when the places were taken since the decision. */
export function takeLease(route: Dispatch, { measured }: Prepared, fleet: Fleet): Taken | null {
  const { chargedTokens: promptTokens, chain } = measured;
  const demandTokens = kvTokens(measured, route.demand);
  for (const { worker, uncachedTokens } of route.workers) {
    const lease = fleet.lease(worker.id, { promptTokens, uncachedTokens, demandTokens, chain });
    if (lease) return { route, lease, uncachedTokens };
  }
  return null;
}
