// Writes what a step found out into the record of the request.
import { type Fault, ropeName, type Usage } from '#protocol';
import type { LegOutcome } from '#relay';
import type { Demand, RouteDecision } from '#routing';
import type { RequestRecord } from '#telemetry';

export function noteDemand(record: RequestRecord, demand: Demand): void {
  record.promptTokens = demand.promptTokens;
  record.outputBudget = demand.outputBudget;
  record.outputBudgetSource = demand.outputBudgetSource;
}

export function noteRoute(record: RequestRecord, decision: Exclude<RouteDecision, { kind: 'refuse' }>): void {
  record.pool = decision.pool.name;
  record.rope = ropeName(decision.pool.rope);
  record.windowTokens = decision.pool.windowTokens;
  record.headroom = decision.pool.windowTokens - decision.demand.tokens;
  record.reason = decision.reason;
  record.spilled = decision.reason === 'spill';
}

export function noteOutcome(
  record: RequestRecord,
  outcome: Exclude<LegOutcome, { kind: 'retry' }> | { readonly kind: 'faulted'; readonly fault: Fault },
): void {
  switch (outcome.kind) {
    case 'finished':
      record.outcome = 'completed';
      record.finishReason = outcome.finishReason;
      noteUsage(record, outcome.usage);
      return;
    case 'client-closed':
      record.outcome = 'client_closed';
      record.faultCode = 'client_closed';
      noteUsage(record, outcome.usage);
      return;
    case 'broken':
      noteUsage(record, outcome.usage);
      noteFault(record, outcome.fault);
      return;
    case 'rejected':
    case 'faulted':
      noteFault(record, outcome.fault);
  }
}

export function noteFault(record: RequestRecord, fault: Fault): void {
  record.faultCode = fault.code;
  record.outcome =
    fault.code === 'client_closed'
      ? 'client_closed'
      : fault.owner === 'client' || fault.owner === 'capacity'
        ? 'refused'
        : 'failed';
  record.cause =
    fault.cause instanceof Error
      ? (fault.cause.stack ?? fault.cause.message)
      : fault.cause === undefined
        ? null
        : String(fault.cause);
}

function noteUsage(record: RequestRecord, usage: Usage | null): void {
  if (!usage) return;
  record.completionTokens = usage.completionTokens;
  record.cachedTokens = usage.cachedTokens;
  record.reasoningTokens = usage.reasoningTokens;
}
