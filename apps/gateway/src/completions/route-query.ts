// A request as the router wants to hear of it.
import type { CountedRequest } from '#protocol';
import type { RouteQuery } from '#routing';
import type { Prepared } from './prepare.ts';

/** `now`: what is another each time its route is chosen. */
export function routeQuery(
  { kind, statedOutput }: Pick<CountedRequest, 'kind' | 'statedOutput'>,
  { model, measured, pinnedPool, scope }: Pick<Prepared, 'model' | 'measured' | 'pinnedPool' | 'scope'>,
  now: Required<Pick<RouteQuery, 'waitedMs' | 'excluded' | 'tieBreak' | 'gateways'>>,
): RouteQuery {
  return {
    model: model.id,
    kind,
    promptTokens: measured.promptTokens,
    statedOutput,
    answers: measured.answers,
    pinnedPool,
    scope,
    chain: measured.chain,
    waitedMs: now.waitedMs,
    excluded: now.excluded,
    tieBreak: now.tieBreak,
    gateways: now.gateways,
  };
}
