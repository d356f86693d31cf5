// One page of sums, read from the daily ones: a month of a tenant is some hundred rows, however many requests it had.
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '#database';
import { decodeCursor, encodeCursor, type Page } from './cursor.ts';
import type { UsageDimension, UsageQuery, UsageRow } from './usage-row.ts';

const COLUMNS: Readonly<Record<UsageDimension, RawBuilder<string>>> = {
  day: sql`day::text`,
  tenant: sql`tenant`,
  key: sql`key_id`,
  model: sql`model`,
  pool: sql`pool`,
};

/** double precision: exact to 2^53, where sums of integers would come as text. */
const SUMS = sql`
  coalesce(sum(requests), 0)::float8 as requests,
  coalesce(sum(prompt_tokens), 0)::float8 as "promptTokens",
  coalesce(sum(cached_tokens), 0)::float8 as "cachedTokens",
  coalesce(sum(reasoning_tokens), 0)::float8 as "reasoningTokens",
  coalesce(sum(completion_tokens), 0)::float8 as "completionTokens",
  coalesce(sum(weighted_tokens), 0)::float8 as "weightedTokens",
  coalesce(sum(cost_micro), 0)::float8 as "costMicro"`;

/** Ordered by the dimensions, bytewise, so that pages fit together whatever the database's collation. */
export async function sumUsage(
  database: Database,
  query: UsageQuery,
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
): Promise<Page<UsageRow> | 'invalid-cursor'> {
  const keys = query.by.map((dimension) => sql`(${COLUMNS[dimension]}) collate "C"`);
  const after = cursor === null ? [] : decodeCursor(cursor, keys.length);
  if (after === null) return 'invalid-cursor';
  const names = query.by.map((dimension) => sql`${COLUMNS[dimension]} as ${sql.ref(dimension)},`);
  const grouping =
    keys.length === 0
      ? sql``
      : sql`group by ${sql.join(keys)}, ${columnsOf(query)} order by ${sql.join(keys)}`;
  const { rows } = await sql<UsageRow>`
    select ${sql.join(names, sql` `)} ${SUMS}
    from usage_daily
    where ${sql.join(conditionsOf(query, keys, after), sql` and `)}
    ${grouping} limit ${limit + 1}`.execute(database.sql);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, nextCursor: hasMore ? encodeCursor(query.by.map((name) => last[name] ?? '')) : null };
}

function columnsOf({ by }: UsageQuery): RawBuilder<unknown> {
  return sql.join(by.map((dimension) => COLUMNS[dimension]));
}

function conditionsOf(
  query: UsageQuery,
  keys: readonly RawBuilder<unknown>[],
  after: readonly string[],
): readonly RawBuilder<unknown>[] {
  const conditions = [sql`day between ${query.fromDay}::date and ${query.toDay}::date`];
  if (query.tenant !== undefined) conditions.push(sql`tenant = ${query.tenant}`);
  if (query.key !== undefined) conditions.push(sql`key_id = ${query.key}`);
  if (query.lineage !== undefined) conditions.push(sql`lineage = ${query.lineage}`);
  if (query.model !== undefined) conditions.push(sql`model = ${query.model}`);
  if (query.pool !== undefined) conditions.push(sql`pool = ${query.pool}`);
  if (after.length > 0)
    conditions.push(sql`(${sql.join(keys)}) > (${sql.join(after.map((part) => sql`${part}::text`))})`);
  return conditions;
}
