// What it would cost to send a request to a worker: the time until its first token, and what it does to the others.
// "cost3~" of the placement study (docs/adr/0004-placement.md): it knows only what this gateway sent; a worker just back is
// weighed as in docs/adr/0015-load-of-a-worker-just-back.md. The weights lie
// on a plateau (own 1.5-5, requests 0-300, KV 0-16,000 change the mean wait by less than 8 %): do not tune further.
import type { WorkerView } from '#workers';

/** A token of the request itself costs this many queued ones: computed once more on a worker, it also evicts KV. */
const OWN_WEIGHT = 2;
/** Tokens a request in flight counts for: it takes its share of every decode step. */
const REQUEST_TOKENS = 100;
/** Tokens a full KV counts for: what is admitted last waits there, and pushes out what others would have re-used. */
const FULL_KV_TOKENS = 8_000;

/**
 * In queued prompt tokens; the engine's speed is left out, as a pool's workers are alike. Grows with each of the
 * load's figures and with `uncachedTokens`. Of a worker just back (share < 1) what it has weighs the more the smaller its share
 * is, and not what is asked: an empty one is worth as much as any.
 */
export function placementCost(worker: WorkerView, uncachedTokens: number): number {
  const { queuedTokens, requests, kvTokensUsed, kvTokens } = worker.load;
  const kvUse = kvTokens > 0 ? kvTokensUsed / kvTokens : 0;
  const has = queuedTokens + REQUEST_TOKENS * requests + FULL_KV_TOKENS * kvUse;
  return OWN_WEIGHT * uncachedTokens + has / worker.share;
}
