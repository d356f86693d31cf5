// What a request that found no room waits for.
import type { PoolView } from '#workers';

export interface Wish {
  /** The smallest pool that fits. */
  readonly need: PoolView;
  /** Pools in which room would help, by name. */
  readonly waitFor: readonly string[];
  /** None of them has a worker that may be given work. */
  readonly isUnavailable: boolean;
  /** A larger pool will be asked before long, so that nothing is hopeless yet. */
  readonly isToSpill: boolean;
  readonly waitedMs: number;
}
