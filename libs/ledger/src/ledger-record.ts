// A row of the ledger as the admin API shows it.
import type { Selectable } from 'kysely';
import type { LedgerTable } from '#database';
import type { LedgerAttempt, LedgerOutcome } from './ledger.ts';

export interface LedgerRecord {
  readonly requestId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly tenant: string;
  readonly key: string;
  readonly lineage: string;
  readonly environment: string;
  readonly endpoint: string;
  readonly model: string;
  readonly pool: string;
  readonly rope: string;
  readonly windowTokens: number;
  readonly stream: boolean;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly completionTokens: number;
  /** False: metered by us, not told by the worker. */
  readonly isExact: boolean;
  /** What a token of the pool counts in token limits. */
  readonly poolWeight: number;
  readonly costMicro: number;
  readonly outcome: LedgerOutcome;
  readonly fault: string | null;
  readonly finishReason: string | null;
  readonly queueMs: number;
  readonly firstTokenMs: number | null;
  readonly durationMs: number;
  readonly attempts: readonly LedgerAttemptRecord[];
}

interface LedgerAttemptRecord {
  readonly worker: string;
  readonly pool: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly outcome: string;
}

/** The parser of rows: the only one who writes them is the outbox. */
export function ledgerRecord(row: Selectable<LedgerTable>): LedgerRecord {
  return {
    requestId: row.request_id,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at.toISOString(),
    tenant: row.tenant,
    key: row.key_id,
    lineage: row.lineage,
    environment: row.environment,
    endpoint: row.endpoint,
    model: row.model,
    pool: row.pool,
    rope: row.rope,
    windowTokens: Number(row.window_tokens),
    stream: row.stream,
    promptTokens: Number(row.prompt_tokens),
    cachedTokens: Number(row.cached_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    completionTokens: Number(row.completion_tokens),
    isExact: row.is_exact,
    poolWeight: Number(row.pool_weight_milli) / 1_000,
    costMicro: Number(row.cost_micro),
    outcome: row.outcome as LedgerOutcome,
    fault: row.fault,
    finishReason: row.finish_reason,
    queueMs: Number(row.queue_ms),
    firstTokenMs: row.first_token_ms === null ? null : Number(row.first_token_ms),
    durationMs: Number(row.duration_ms),
    attempts: (row.attempts as unknown as readonly LedgerAttempt[]).map(attemptRecord),
  };
}

function attemptRecord(attempt: LedgerAttempt): LedgerAttemptRecord {
  return {
    worker: attempt.worker,
    pool: attempt.pool,
    startedMs: attempt.started_ms,
    endedMs: attempt.ended_ms,
    outcome: attempt.outcome,
  };
}
