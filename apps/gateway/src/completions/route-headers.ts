// What every answer tells of its route, in the words of `/v1/route`; a refusal tells as much as was known.
import { ropeName } from '#protocol';
import type { RouteDecision } from '#routing';

const CLIPPED = 'x-ropeway-output-clipped';
const ALL = [
  'x-ropeway-prompt-tokens',
  'x-ropeway-output-budget',
  'x-ropeway-pool',
  'x-ropeway-rope',
  'x-ropeway-reason',
  CLIPPED,
];

/** Replaces whatever an earlier decision of the same request had set. */
export function setRouteHeaders(headers: Record<string, string>, decision: RouteDecision): void {
  for (const name of ALL) if (name in headers) delete headers[name];
  if (decision.demand) {
    headers['x-ropeway-prompt-tokens'] = String(decision.demand.promptTokens);
    headers['x-ropeway-output-budget'] = String(decision.demand.outputBudget);
  }
  if (decision.kind === 'refuse') return;
  headers['x-ropeway-pool'] = decision.pool.name;
  headers['x-ropeway-rope'] = ropeName(decision.pool.rope);
  headers['x-ropeway-reason'] = decision.reason;
  if (decision.clippedOutput !== null) headers[CLIPPED] = String(decision.clippedOutput);
}
