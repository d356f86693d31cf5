import { sql } from 'kysely';
import type { Database } from '#database';
import { decodeCursor, encodeCursor, isStamp, type Page } from './cursor.ts';
import type { LedgerOutcome } from './ledger.ts';
import { type LedgerRecord, ledgerRecord } from './ledger-record.ts';

export interface RecordQuery {
  /** ISO 8601; started at or after, and before. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly tenant?: string | undefined;
  readonly key?: string | undefined;
  readonly model?: string | undefined;
  readonly pool?: string | undefined;
  readonly outcome?: LedgerOutcome | undefined;
}

/** Newest first. By time and not by number, so that rows that arrive late stand where they belong. */
export async function listRecords(
  { sql: db }: Database,
  query: RecordQuery,
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
): Promise<Page<LedgerRecord> | 'invalid-cursor'> {
  const after = cursor === null ? null : decodeCursor(cursor, 2);
  if (cursor !== null && !isStamp(after?.[0])) return 'invalid-cursor';
  let select = db
    .selectFrom('ledger')
    .selectAll()
    .orderBy('started_at', 'desc')
    .orderBy('request_id', 'desc');
  if (query.from !== undefined) select = select.where('started_at', '>=', new Date(query.from));
  if (query.until !== undefined) select = select.where('started_at', '<', new Date(query.until));
  if (query.tenant !== undefined) select = select.where('tenant', '=', query.tenant);
  if (query.key !== undefined) select = select.where('key_id', '=', query.key);
  if (query.model !== undefined) select = select.where('model', '=', query.model);
  if (query.pool !== undefined) select = select.where('pool', '=', query.pool);
  if (query.outcome !== undefined) select = select.where('outcome', '=', query.outcome);
  if (after !== null) {
    select = select.where(
      sql<boolean>`(started_at, request_id) < (${after[0]}::timestamptz, ${after[1]}::text)`,
    );
  }
  const rows = await select.limit(limit + 1).execute();
  const items = rows.slice(0, limit).map(ledgerRecord);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, nextCursor: hasMore ? encodeCursor([last.startedAt, last.requestId]) : null };
}

/** null: the ledger has no such request, or not yet (it is running, or its row is in an outbox). */
export async function findRecord({ sql: db }: Database, requestId: string): Promise<LedgerRecord | null> {
  const row = await db
    .selectFrom('ledger')
    .selectAll()
    .where('request_id', '=', requestId)
    .executeTakeFirst();
  return row === undefined ? null : ledgerRecord(row);
}
