// Writes what a step found out into the record of the request.
import { type Fault, ropeName, type Usage } from '#protocol';
import type { LegOutcome } from '#relay';
import type { Demand, Route } from '#routing';
import type { RequestRecord } from '#telemetry';
import type { Measured } from './measure.ts';

export function noteDemand(record: RequestRecord, demand: Demand): void {
  record.promptTokens = demand.promptTokens;
  record.outputBudget = demand.outputBudget;
  record.outputBudgetSource = demand.outputBudgetSource;
}

export function noteRoute(record: RequestRecord, decision: Route): void {
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
      return;
    case 'client-closed':
      record.outcome = 'client_closed';
      record.faultCode = 'client_closed';
      return;
    case 'broken':
    case 'rejected':
    case 'faulted':
      noteFault(record, outcome.fault);
  }
}

/** Another worker is asked: what was wrong with this one. */
export function noteGivenUp(record: RequestRecord, fault: Fault): void {
  record.gaveUp ??= [];
  record.gaveUp.push(fault.code);
}

export function noteFault(record: RequestRecord, fault: Fault): void {
  record.faultCode = fault.code;
  record.limit = fault.limit ?? null;
  record.retryAfterMs = fault.retryAfterMs ?? null;
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

/** The worker's own count of a single whole prompt is held against ours: they differ only if something is wrong. */
export function noteUsage(record: RequestRecord, usage: Usage | null, measured: Measured): void {
  if (!usage) return;
  record.hasUsage = true;
  if (measured.isWhole) record.workerPromptTokens = usage.promptTokens;
  record.completionTokens = usage.completionTokens;
  record.cachedTokens = usage.cachedTokens;
  record.reasoningTokens = usage.reasoningTokens;
}
