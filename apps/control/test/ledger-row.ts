// A row of the ledger as a gateway would have written it.
import type { LedgerRow } from '#ledger';

let count = 0;
export function ledgerRow(over: Partial<LedgerRow>): LedgerRow {
  return {
    request_id: `req-${(count++).toString(16).padStart(32, '0')}`,
    started_at: '2026-11-20T10:00:00.000Z',
    ended_at: '2026-11-20T10:00:05.000Z',
    tenant: 'acme',
    key_id: 'AAAAAAAAAAAA',
    lineage: 'AAAAAAAAAAAA',
    environment: 'live',
    endpoint: 'chat',
    model: 'qwq-32b',
    pool: 'default',
    rope: 'default',
    window_tokens: 40_960,
    stream: true,
    prompt_tokens: 100,
    pool_weight_milli: 1_000,
    outcome: 'completed',
    fault: null,
    finish_reason: 'stop',
    cached_tokens: 10,
    reasoning_tokens: 20,
    completion_tokens: 50,
    is_exact: true,
    cost_micro: 7,
    queue_ms: 1,
    first_token_ms: 100,
    duration_ms: 5_000,
    attempts: [{ worker: 'w', pool: 'default', started_ms: 0, ended_ms: 5_000, outcome: 'finished' }],
    ...over,
  };
}
