// A request as the ledger keeps it: what is known before dispatch, and what it came to. No prompt, no answer, no key.
import type { LedgerAttempt, LedgerIntent, LedgerOutcome, LedgerRow } from '#ledger';
import type { RequestRecord } from '#telemetry';
import type { Caller } from '#tenancy';
import type { Exchange, OpenEntry } from './exchange.ts';
import { isoTime } from './iso-time.ts';
import type { Pricing } from './pricing.ts';
import type { Used } from './spending.ts';

/** The wall clock at `record.startedMs`: whole milliseconds since 1970. */
export function startedAtMs(record: RequestRecord): number {
  return Math.trunc(Date.now() - (performance.now() - record.startedMs));
}

export function intentOf(
  { record, chargedTokens }: Pick<Exchange, 'record' | 'chargedTokens'>,
  caller: Caller,
  pricing: Pricing,
  startedMs: number,
): LedgerIntent {
  const pool = record.pool ?? '';
  return {
    request_id: record.requestId,
    started_at: isoTime(startedMs),
    tenant: caller.tenant,
    key_id: caller.keyId,
    lineage: caller.lineage,
    environment: caller.environment,
    endpoint: record.endpoint === 'text' ? 'text' : 'chat',
    model: record.model ?? '',
    pool,
    rope: record.rope ?? '',
    window_tokens: record.windowTokens ?? 0,
    stream: record.stream,
    prompt_tokens: chargedTokens,
    pool_weight_milli: Math.round(pricing.weightOf(pool) * 1_000),
    price: pricing.priceOf(record.model ?? '', pool),
  };
}

export function rowOf(
  { intent, startedMs }: Pick<OpenEntry, 'intent' | 'startedMs'>,
  { record, attempts, isCut }: Pick<Exchange, 'record' | 'attempts' | 'isCut'>,
  used: Used,
  pricing: Pricing,
): LedgerRow {
  const durationMs = (record.endedMs ?? performance.now()) - record.startedMs;
  const pool = record.pool ?? intent.pool;
  // Field by field: a copy with `...` of an object of so many costs several times as much. The price is the intent's alone.
  return {
    request_id: intent.request_id,
    started_at: intent.started_at,
    tenant: intent.tenant,
    key_id: intent.key_id,
    lineage: intent.lineage,
    environment: intent.environment,
    endpoint: intent.endpoint,
    model: intent.model,
    stream: intent.stream,
    pool,
    rope: record.rope ?? intent.rope,
    window_tokens: record.windowTokens ?? intent.window_tokens,
    pool_weight_milli: Math.round(pricing.weightOf(pool) * 1_000),
    ended_at: isoTime(startedMs + durationMs),
    outcome: isCut && record.outcome !== 'completed' ? 'cut' : outcomeOf(record),
    fault: record.faultCode,
    finish_reason: record.finishReason,
    prompt_tokens: used.inputTokens,
    cached_tokens: used.cachedTokens,
    reasoning_tokens: record.reasoningTokens ?? 0,
    completion_tokens: used.outputTokens,
    is_exact: record.hasUsage,
    cost_micro: pricing.costOf(intent.model, pool, used),
    queue_ms: Math.round(record.queueMs),
    first_token_ms: record.firstTokenMs === null ? null : Math.round(record.firstTokenMs - record.startedMs),
    duration_ms: Math.round(durationMs),
    attempts,
  };
}

/** What a worker has done counts, whoever ended it; what failed before its first token does not. */
export function usedBy(record: RequestRecord, chargedTokens: number): Used {
  const outputTokens = record.completionTokens ?? 0;
  const isWork =
    record.outcome === 'completed' ||
    record.firstTokenMs !== null ||
    (record.outcome === 'client_closed' && record.attempts > 0);
  return {
    inputTokens: isWork ? chargedTokens : 0,
    cachedTokens: isWork ? Math.min(record.cachedTokens ?? 0, chargedTokens) : 0,
    outputTokens,
  };
}

function outcomeOf({ outcome }: RequestRecord): LedgerOutcome {
  if (outcome === 'completed') return 'completed';
  return outcome === 'client_closed' ? 'client_closed' : 'failed';
}

/** The leg that just ended. */
export function attemptOf(record: RequestRecord, pool: string, outcome: string): LedgerAttempt {
  const started = record.dispatchedMs ?? record.startedMs;
  return {
    worker: record.worker ?? '',
    pool,
    started_ms: Math.round(started - record.startedMs),
    ended_ms: Math.round(performance.now() - record.startedMs),
    outcome,
  };
}
