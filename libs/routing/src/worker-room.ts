// May this worker be given work, and has it room for this request? "Full" is about prompt tokens and KV, not about
// the number of requests: what makes the next one wait is the prefill before it (docs/adr/0004-placement.md).
import type { WorkerView } from '#workers';
import type { RouteQuery } from './route.ts';

/**
 * Whether the worker may be sent anything at all; one that may not is no part of the pool at present. A breaker that
 * shows `half-open` has its one probe place free, whatever older requests still run there (the breaker sees to that
 * itself).
 */
export function isUsable(worker: WorkerView): boolean {
  return worker.state === 'ready' && !worker.isStalled && worker.breaker !== 'open';
}

/** The same for one request, which is not sent again where it failed. */
export function isRoutable(worker: WorkerView, query: RouteQuery): boolean {
  return isUsable(worker) && !query.excluded.includes(worker.id);
}

/**
 * A worker just back takes its share of queued tokens, so that a line that waited for it does not fall on it whole.
 * `uncachedTokens`: prompt tokens this worker would have to compute. `kvTokens`: KV the request may come to hold. An
 * empty worker is never full: a prompt of 90,000 tokens must get in somewhere, and so must a demand above the KV of
 * one worker, which vLLM serves by preempting.
 */
export function isFull(
  worker: WorkerView,
  uncachedTokens: number,
  kvTokens: number,
  fullQueuedTokens: number,
): boolean {
  const { load, share } = worker;
  if (load.queuedTokens > 0 && load.queuedTokens + uncachedTokens > fullQueuedTokens * share) return true;
  // A KV size of 0 is one nobody knows.
  return load.kvTokensUsed > 0 && load.kvTokens > 0 && load.kvTokensUsed + kvTokens > load.kvTokens;
}
