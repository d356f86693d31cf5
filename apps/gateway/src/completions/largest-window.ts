// The largest window of any pool: what a burst must let through when a plan names no largest prompt.
import type { Fleet } from '#workers';

/** Tokens; 0 without a pool. */
export function largestWindow(fleet: Pick<Fleet, 'snapshot'>): number {
  let largest = 0;
  for (const { windowTokens } of fleet.snapshot().pools) largest = Math.max(largest, windowTokens);
  return largest;
}
