// A request as the router wants to hear of it.
import type { CountedRequest } from '#protocol';
import type { RouteQuery, RouteScope } from '#routing';
import type { ServedModel } from '../models/served-model.ts';
import type { Measured } from './measure.ts';

export interface RouteQuestion {
  readonly request: Pick<CountedRequest, 'kind' | 'statedOutput'>;
  readonly model: ServedModel;
  readonly measured: Measured;
  readonly pinned: string | null;
  readonly scope: RouteScope | null;
  readonly waitedMs: number;
  readonly excluded: readonly string[];
  readonly tieBreak: number;
  readonly gateways: number;
}

export function routeQuery(question: RouteQuestion): RouteQuery {
  const { request, model, measured } = question;
  return {
    model: model.id,
    kind: request.kind,
    promptTokens: measured.promptTokens,
    statedOutput: request.statedOutput,
    answers: measured.answers,
    pinnedPool: question.pinned,
    scope: question.scope,
    chain: measured.chain,
    waitedMs: question.waitedMs,
    excluded: question.excluded,
    tieBreak: question.tieBreak,
    gateways: question.gateways,
  };
}

/** `x-ropeway-pool`: a caller may pin a pool. */
export function pinnedPool(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header !== '' ? header : null;
}
