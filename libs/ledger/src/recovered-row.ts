import { costMicro } from './cost-micro.ts';
import type { LedgerIntent, LedgerRow } from './ledger.ts';

interface LastTick {
  readonly completionTokens: number;
  /** Wall clock, ms since 1970; null: killed before the first. */
  readonly atMs: number | null;
}

/** The row of a request whose process was killed: what was known before dispatch and what was last metered. */
export function recoveredRow(intent: LedgerIntent, tick: LastTick): LedgerRow {
  const startedMs = Date.parse(intent.started_at);
  // The clock may have gone back meanwhile; no answer ends before it starts.
  const endedMs = Math.max(startedMs, tick.atMs ?? startedMs);
  const cost = costMicro(intent.price, {
    promptTokens: intent.prompt_tokens,
    cachedTokens: 0,
    completionTokens: tick.completionTokens,
  });
  return {
    ...intent,
    ended_at: new Date(endedMs).toISOString(),
    outcome: 'unknown',
    fault: null,
    finish_reason: null,
    cached_tokens: 0,
    reasoning_tokens: 0,
    completion_tokens: tick.completionTokens,
    is_exact: false,
    cost_micro: cost,
    queue_ms: 0,
    first_token_ms: null,
    duration_ms: endedMs - startedMs,
    attempts: [],
  };
}
