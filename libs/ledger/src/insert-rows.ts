// The one statement that writes to the ledger: rows and their sums in one step, so that no reader sees one without the
// other, and rows that are there already count for nothing, however often they come.
import { type RawBuilder, sql } from 'kysely';

/** Everything but the defaults of the table; the text may hold more (the price), which is not a column. */
const COLUMNS = sql.join(
  [
    ...['request_id', 'started_at', 'ended_at', 'tenant', 'key_id', 'lineage', 'environment', 'endpoint'],
    ...[
      'model',
      'pool',
      'rope',
      'window_tokens',
      'stream',
      'prompt_tokens',
      'cached_tokens',
      'reasoning_tokens',
    ],
    ...[
      'completion_tokens',
      'is_exact',
      'pool_weight_milli',
      'cost_micro',
      'outcome',
      'fault',
      'finish_reason',
    ],
    ...['queue_ms', 'first_token_ms', 'duration_ms', 'attempts'],
  ].map((name) => sql.ref(name)),
);

/** A token of a pool with weight 1.5 counts 1.5; whole tokens, rounded up a row. */
export const WEIGHTED_TOKENS = sql<number>`((prompt_tokens + completion_tokens)::bigint * pool_weight_milli + 999) / 1000`;

/**
 * Both inserts go in the order of their keys: gateways that write at once take their locks in the same order, so they wait
 * for one another and never deadlock.
 */
export function insertRows(rows: string): RawBuilder<{ fresh: number }> {
  return sql<{ fresh: number }>`
    with fresh as (
      insert into ledger (${COLUMNS})
      select ${COLUMNS} from jsonb_populate_recordset(null::ledger, ${rows}::jsonb)
      order by request_id, started_at
      on conflict (request_id, started_at) do nothing
      returning *
    ), sums as (
      insert into usage_daily as held (day, tenant, lineage, key_id, model, pool, requests, prompt_tokens,
        cached_tokens, reasoning_tokens, completion_tokens, weighted_tokens, cost_micro)
      select (started_at at time zone 'UTC')::date, tenant, lineage, key_id, model, pool, count(*),
        sum(prompt_tokens), sum(cached_tokens), sum(reasoning_tokens), sum(completion_tokens),
        sum(${WEIGHTED_TOKENS}), sum(cost_micro)
      from fresh
      group by 1, 2, 3, 4, 5, 6
      order by 1, 2, 3, 4, 5, 6
      on conflict (day, tenant, lineage, key_id, model, pool) do update set
        requests = held.requests + excluded.requests,
        prompt_tokens = held.prompt_tokens + excluded.prompt_tokens,
        cached_tokens = held.cached_tokens + excluded.cached_tokens,
        reasoning_tokens = held.reasoning_tokens + excluded.reasoning_tokens,
        completion_tokens = held.completion_tokens + excluded.completion_tokens,
        weighted_tokens = held.weighted_tokens + excluded.weighted_tokens,
        cost_micro = held.cost_micro + excluded.cost_micro
      returning 1
    )
    select count(*)::int as fresh from fresh`;
}
