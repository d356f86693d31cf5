// What every answer tells of its route, in the words of `/v1/route`; a refusal tells as much as was known.
import { ropeName } from '#protocol';
import type { RouteDecision } from '#routing';

const CLIPPED = 'x-ropeway-output-clipped';
const OF_DEMAND = ['x-ropeway-prompt-tokens', 'x-ropeway-output-budget'];
const OF_ROUTE = ['x-ropeway-pool', 'x-ropeway-rope', 'x-ropeway-reason', CLIPPED];

/** Replaces whatever an earlier decision of the same request had set. */
export function setRouteHeaders(headers: Record<string, string>, decision: RouteDecision): void {
  if (decision.demand) {
    headers['x-ropeway-prompt-tokens'] = String(decision.demand.promptTokens);
    headers['x-ropeway-output-budget'] = String(decision.demand.outputBudget);
  } else remove(headers, OF_DEMAND);
  if (decision.kind === 'refuse') {
    remove(headers, OF_ROUTE);
    return;
  }
  headers['x-ropeway-pool'] = decision.pool.name;
  headers['x-ropeway-rope'] = ropeName(decision.pool.rope);
  headers['x-ropeway-reason'] = decision.reason;
  if (decision.clippedOutput !== null) headers[CLIPPED] = String(decision.clippedOutput);
  else if (CLIPPED in headers) remove(headers, [CLIPPED]);
}

/** Only what has to go: an object that lost a property is a slow one from then on. */
function remove(headers: Record<string, string>, names: readonly string[]): void {
  for (const name of names) if (name in headers) delete headers[name];
}
