// What was used, read from the database: the front door for the admin API, the command line and GET /v1/usage.
import type { Database } from '#database';
import type { Page } from './cursor.ts';
import type { LedgerRecord } from './ledger-record.ts';
import { findRecord, listRecords, type RecordQuery } from './list-records.ts';
import { sumUsage } from './sum-usage.ts';
import type { UsageQuery, UsageRow } from './usage-row.ts';

interface PageAsk {
  readonly limit: number;
  /** `nextCursor` of the page before; null: the first. */
  readonly cursor: string | null;
}

/** Of an export; a page is a query of some milliseconds. */
const EXPORT_ROWS = 1_000;

/** Throws what the database throws. */
export class UsageQueries {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  usage(query: UsageQuery, page: PageAsk): Promise<Page<UsageRow> | 'invalid-cursor'> {
    return sumUsage(this.#database, query, page);
  }

  /** All of it, a page at a time: for an export that must not be held in memory. */
  async *everyUsage(query: UsageQuery): AsyncGenerator<UsageRow> {
    for (let cursor: string | null = null; ; ) {
      const page: Page<UsageRow> | 'invalid-cursor' = await this.usage(query, { limit: EXPORT_ROWS, cursor });
      if (page === 'invalid-cursor') return;
      yield* page.items;
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
  }

  records(query: RecordQuery, page: PageAsk): Promise<Page<LedgerRecord> | 'invalid-cursor'> {
    return listRecords(this.#database, query, page);
  }

  record(requestId: string): Promise<LedgerRecord | null> {
    return findRecord(this.#database, requestId);
  }
}
