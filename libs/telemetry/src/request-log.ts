// The one log line of a request. Fields are copied by name, so that nothing else a record may ever hold gets out:
// no prompt, no answer, no key, no header.
import type { Logger } from 'pino';
import type { RequestRecord } from './request-record.ts';
import { overheadMs } from './route-metrics.ts';

/** Completed and refused requests are the ordinary day; a failure wants eyes; a caller that leaves is no error. */
const LEVELS = { completed: 'info', refused: 'info', failed: 'error', client_closed: 'debug' } as const;
/** Bounds what a caller (its request id, a model name it made up) or an error text can put into a line. */
const MAX_TEXT = 300;
/** A key pasted where it does not belong, say as x-request-id. */
const KEY = /\b(rw_[a-z]+_|sk-)[A-Za-z0-9_-]+/g;

export function logRequest(logger: Logger, record: RequestRecord, totalMs: number): void {
  const level = LEVELS[record.outcome];
  if (logger.isLevelEnabled(level)) logger[level](requestLine(record, totalMs), 'request');
}

/** Flat, snake_case, units last. What is not known is left out. */
export function requestLine(record: RequestRecord, totalMs: number) {
  return {
    request_id: record.requestId,
    correlation_id: text(record.correlationId),
    endpoint: record.endpoint,
    outcome: record.outcome,
    status: record.status,
    fault: record.faultCode ?? undefined,
    cause: record.outcome === 'failed' ? text(record.cause) : undefined,
    tenant: record.tenant ?? undefined,
    key_id: record.keyId ?? undefined,
    model: text(record.model),
    stream: record.stream,
    body_bytes: record.bodyBytes,
    prompt_tokens: record.promptTokens ?? undefined,
    output_budget: record.outputBudget ?? undefined,
    output_budget_source: record.outputBudgetSource ?? undefined,
    pool: record.pool ?? undefined,
    rope: record.rope ?? undefined,
    window_tokens: record.windowTokens ?? undefined,
    headroom_tokens: record.headroom ?? undefined,
    reason: record.reason ?? undefined,
    worker: record.worker ?? undefined,
    attempts: record.attempts,
    spilled: record.spilled || undefined,
    completion_tokens: record.completionTokens ?? undefined,
    reasoning_tokens: record.reasoningTokens ?? undefined,
    cached_tokens: record.cachedTokens ?? undefined,
    finish_reason: text(record.finishReason),
    body_read_ms: rounded(record.bodyReadMs),
    count_ms: rounded(record.countMs),
    queue_ms: rounded(record.queueMs),
    first_token_ms:
      record.firstTokenMs === null ? undefined : rounded(record.firstTokenMs - record.startedMs),
    worker_ms: rounded(record.workerMs),
    overhead_ms: rounded(overheadMs(record, totalMs)),
    duration_ms: rounded(totalMs),
  };
}

/** Microseconds are enough. */
function rounded(ms: number | null): number | undefined {
  return ms === null ? undefined : Math.round(ms * 1000) / 1000;
}

/** Text that is not ours: bounded, and without anything that looks like a key. */
function text(value: string | null): string | undefined {
  if (value === null) return undefined;
  const bounded = value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  return bounded.replace(KEY, '$1[redacted]');
}
