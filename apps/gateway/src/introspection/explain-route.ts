// POST /v1/route: where would this request go, and why? Reserves nothing, sends nothing.
import type { CompletionRequest, OutputBudgetSource, Rope } from '#protocol';
import { Fault, ropeName } from '#protocol';
import {
  chooseRoute,
  type Demand,
  explainReason,
  isInScope,
  type PoolFit,
  type RouteDecision,
  type RouteScope,
  type ToldWhyNot,
  tellWhyNot,
} from '#routing';
import type { Fleet } from '#workers';
import type { Measured } from '../completions/measure.ts';
import type { Prepared } from '../completions/prepare.ts';
import { routeQuery } from '../completions/route-query.ts';
import { estimatedSeconds } from '../completions/tell-wait.ts';
import { toFault } from '../completions/to-fault.ts';
import type { ServedModel } from '../models/served-model.ts';
import { whyNoRoom } from '../parking/parking-fault.ts';
import type { ParkingLot } from '../parking/parking-lot.ts';

interface RouteExplanation {
  readonly model: string;
  readonly prompt_tokens: number;
  readonly output_budget: number | null;
  readonly output_budget_source: OutputBudgetSource | null;
  readonly demand: number | null;
  readonly pools: readonly {
    readonly name: string;
    readonly rope: Rope;
    readonly window: number;
    readonly fits: boolean;
    /** Negative: short by so much. */
    readonly headroom: number;
    /** null: it was chosen. */
    readonly why_not: ToldWhyNot | null;
  }[];
  readonly choice: {
    readonly pool: string;
    readonly rope: string;
    readonly window: number;
    readonly reason: string;
    readonly explanation: string;
  } | null;
  /** How long it would wait now, in all likelihood, in whole seconds; null where it would not. */
  readonly estimated_wait_s: number | null;
  /** Why it would be refused, or why it would wait now. */
  readonly fault: ReturnType<Fault['toBody']>['error'] | null;
}

export interface RoutePorts {
  readonly fleet: Pick<Fleet, 'snapshot'>;
  readonly parking: Pick<ParkingLot, 'estimateMs'>;
  /** That share the workers: each fills its part of them. */
  readonly gateways: () => number;
}

interface WhoAsks extends Pick<Prepared, 'pinnedPool' | 'scope'> {
  /** Why the key may not ask for this, wherever it would go; null: it may. */
  readonly refusal: Fault | null;
}

/** A request that is refused before it is routed may use no pool; the numbers of each are told all the same. */
const NO_POOL: RouteScope = { pools: [], maxWindowTokens: null };

export function explainRoute(
  request: CompletionRequest,
  model: ServedModel,
  measured: Measured,
  { pinnedPool, scope, refusal }: WhoAsks,
  { fleet, parking, gateways }: RoutePorts,
): RouteExplanation {
  const query = routeQuery(
    request,
    { model, measured, pinnedPool, scope: refusal === null ? scope : NO_POOL },
    { waitedMs: 0, excluded: [], tieBreak: 0, gateways: gateways() },
  );
  const decision = chooseRoute(query, fleet.snapshot(), model.policy);
  const told = scope === null ? decision : toldWithin(decision, scope);
  return {
    model: model.id,
    prompt_tokens: measured.promptTokens,
    ...demandFields(decision.demand),
    pools: told.pools.map((fit) => poolFields(fit, decision)),
    choice: choiceOf(told),
    estimated_wait_s: decision.kind === 'wait' ? estimatedSeconds(parking.estimateMs(decision.pool)) : null,
    fault: refusal === null ? faultOf(decision) : refusal.toBody().error,
  };
}

/** Other pools are named nowhere, as by `/v1/models` and the refusals. The record, which is the operator's, has them all. */
function toldWithin(decision: RouteDecision, scope: RouteScope): RouteDecision {
  return { ...decision, pools: decision.pools.filter((pool) => isInScope(pool, scope)) };
}

function demandFields(demand: Demand | null) {
  return {
    output_budget: demand?.outputBudget ?? null,
    output_budget_source: demand?.outputBudgetSource ?? null,
    demand: demand?.tokens ?? null,
  };
}

function poolFields(fit: PoolFit, decision: RouteDecision): RouteExplanation['pools'][number] {
  const { name, rope, windowTokens: window, fits, headroom } = fit;
  const chosen = decision.kind === 'refuse' ? null : decision.pool.name;
  return { name, rope, window, fits, headroom, why_not: tellWhyNot(fit, chosen) };
}

function choiceOf(decision: RouteDecision): RouteExplanation['choice'] {
  if (decision.kind === 'refuse') return null;
  const { pool, reason } = decision;
  return {
    pool: pool.name,
    rope: ropeName(pool.rope),
    window: pool.windowTokens,
    reason,
    explanation: explainReason(decision),
  };
}

function faultOf(decision: RouteDecision): RouteExplanation['fault'] {
  if (decision.kind === 'dispatch') return null;
  if (decision.kind === 'refuse') return toFault(decision.fault).toBody().error;
  const { unavailable: isUnavailable, pool: need } = decision;
  const message = whyNoRoom({ isUnavailable, need });
  return new Fault(isUnavailable ? 'pool_unavailable' : 'no_capacity', { message }).toBody().error;
}
