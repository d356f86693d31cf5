// A request that has to wait: what it waits for, in the parking lot's words, and what its client is told meanwhile.
import type { Route } from '#routing';
import type { Parking } from '../parking/parking-lot.ts';
import type { Wish } from '../parking/wish.ts';
import type { Exchange } from './exchange.ts';

/** Whole seconds, at least 1. */
const ESTIMATED_WAIT = 'x-ropeway-estimated-wait';

/** A place that was taken meanwhile is waited for in the pool that had it. */
export function wishOf(decision: Route, waitedMs: number): Wish {
  if (decision.kind === 'wait') {
    const { pool: need, waitFor, unavailable: isUnavailable, askAgainMs } = decision;
    return { need, waitFor, isUnavailable, isToSpill: askAgainMs !== null, waitedMs };
  }
  const { need, pool } = decision;
  return { need, waitFor: [pool.name], isUnavailable: false, isToSpill: false, waitedMs };
}

/** Before the first heartbeat sends the headers: whoever waits for a pool that wakes, or is refused, is told how long. */
export function tellWait({ answer, record }: Exchange, parking: Parking, why: () => string | null): void {
  const isCold = parking.isGranted && parking.isCold;
  if (isCold || !parking.isGranted) {
    answer.headers[ESTIMATED_WAIT] = String(estimatedSeconds(parking.estimateMs));
  }
  if (isCold) record.isCold = true;
  answer.explainWait(isCold ? why : null);
}

export function estimatedSeconds(estimateMs: number): number {
  return Math.max(1, Math.ceil(estimateMs / 1_000));
}
