// Rows as small as the constraints allow, for tests to fill in what they are about.
import type { Insertable } from 'kysely';
import type { ApiKeyTable, LedgerTable, TenantTable } from '../src/schema.ts';

export function tenantRow(id: string, about: Partial<Insertable<TenantTable>> = {}): Insertable<TenantTable> {
  return { id, display_name: id, plan: null, limits: '{}', scopes: '{}', ...about };
}

/** `id` is padded to the 12 characters of one. */
export function keyRow(
  id: string,
  tenant: string,
  about: Partial<Insertable<ApiKeyTable>> = {},
): Insertable<ApiKeyTable> {
  const whole = id.padEnd(12, '0');
  return {
    id: whole,
    tenant,
    lineage: whole,
    name: '',
    environment: 'live',
    digest: Buffer.alloc(32),
    pepper_version: 1,
    scopes: '{}',
    limits: '{}',
    replaced_by: null,
    ...about,
  };
}

export function ledgerRow(
  requestId: string,
  startedAt: string,
  about: Partial<Insertable<LedgerTable>> = {},
): Insertable<LedgerTable> {
  return {
    request_id: requestId,
    started_at: startedAt,
    ended_at: startedAt,
    tenant: 'acme',
    key_id: '000000000000',
    lineage: '000000000000',
    environment: 'live',
    endpoint: 'chat',
    model: 'qwq-32b',
    pool: 'default',
    rope: 'default',
    window_tokens: 40_960,
    stream: true,
    prompt_tokens: 0,
    cached_tokens: 0,
    reasoning_tokens: 0,
    completion_tokens: 0,
    is_exact: true,
    pool_weight_milli: 1_000,
    cost_micro: 0,
    outcome: 'completed',
    fault: null,
    finish_reason: null,
    queue_ms: 0,
    first_token_ms: null,
    duration_ms: 0,
    attempts: '[]',
    ...about,
  };
}
