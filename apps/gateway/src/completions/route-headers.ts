// What every answer tells of its route, in the words of `/v1/route`; a refusal tells as much as was known.
import { ropeName } from '#protocol';
import type { RouteDecision } from '#routing';

export function routeHeaders(decision: RouteDecision): Record<string, string> {
  const headers: Record<string, string> = {};
  if (decision.demand) {
    headers['x-ropeway-prompt-tokens'] = String(decision.demand.promptTokens);
    headers['x-ropeway-output-budget'] = String(decision.demand.outputBudget);
  }
  if (decision.kind === 'refuse') return headers;
  headers['x-ropeway-pool'] = decision.pool.name;
  headers['x-ropeway-rope'] = ropeName(decision.pool.rope);
  headers['x-ropeway-reason'] = decision.reason;
  if (decision.clippedOutput !== null) headers['x-ropeway-output-clipped'] = String(decision.clippedOutput);
  return headers;
}
