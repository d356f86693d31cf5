// The ledger's end: PostgreSQL or PGlite. What it makes of an error decides what the outbox does: rows that are refused
// are taken apart, everything else (away, out of room, not migrated, deadlock) is tried again with the same rows.
import type { Database } from '#database';
import { insertRows } from './insert-rows.ts';
import type { LedgerSink } from './ledger.ts';
import { RowsRefused } from './rows-refused.ts';

/** Classes of SQLSTATE: data exception, integrity constraint violation (PostgreSQL's appendix A). */
const REFUSALS = ['22', '23'];

export class DatabaseSink implements LedgerSink {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A statement that has begun is not broken off: the database's own time-out ends it, and its rows come again. */
  async write(rows: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await insertRows(rows).execute(this.#database.sql);
    } catch (error) {
      if (REFUSALS.includes(sqlState(error).slice(0, 2)))
        throw new RowsRefused(messageOf(error), { cause: error });
      throw error;
    }
  }
}

function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
