// What every answer tells of its route, in the words of `/v1/route`.
import { ropeName } from '#protocol';
import type { RouteDecision } from '#routing';
import type { RequestRecord } from '#telemetry';

type Routed = Exclude<RouteDecision, { kind: 'refuse' }>;

export function routeHeaders(record: RequestRecord, decision: Routed): Record<string, string> {
  const headers: Record<string, string> = {
    'x-ropeway-pool': decision.pool.name,
    'x-ropeway-rope': ropeName(decision.pool.rope),
    'x-ropeway-prompt-tokens': String(decision.demand.promptTokens),
    'x-ropeway-output-budget': String(decision.demand.outputBudget),
    'x-ropeway-reason': decision.reason,
  };
  if (decision.clippedOutput !== null) headers['x-ropeway-output-clipped'] = String(decision.clippedOutput);
  if (record.spilled) headers['x-ropeway-spilled'] = 'true';
  return headers;
}
