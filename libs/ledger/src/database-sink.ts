// The ledger's end: PostgreSQL or PGlite. What it makes of an error decides what the outbox does: rows that are refused
// are taken apart, everything else (away, out of room, not migrated, deadlock) is tried again with the same rows.
import type { Database } from '#database';
import { insertRows } from './insert-rows.ts';
import type { LedgerSink } from './ledger.ts';
import { monthsOf } from './ledger-months.ts';
import { RowsRefused } from './rows-refused.ts';

/** Makes the partitions of these months, as in `2026-11`; those that are there stay. */
export type EnsureMonths = (database: Database, months: readonly string[]) => Promise<void>;

/** No partition for a row; PostgreSQL gives it the code of a violated check. */
const CHECK_VIOLATION = '23514';
/** Classes of SQLSTATE: data exception, integrity constraint violation (PostgreSQL's appendix A). */
const REFUSALS = ['22', '23'];

export class DatabaseSink implements LedgerSink {
  readonly #database: Database;
  readonly #ensureMonths: EnsureMonths;
  /** Months whose partition was there; retention may drop one meanwhile. */
  readonly #months = new Set<string>();

  constructor(database: Database, ensureMonths: EnsureMonths) {
    this.#database = database;
    this.#ensureMonths = ensureMonths;
  }

  /** A statement that has begun is not broken off: the database's own time-out ends it, and its rows come again. */
  async write(rows: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#ensure(rows);
      signal.throwIfAborted();
      await insertRows(rows).execute(this.#database.sql);
    } catch (error) {
      const code = sqlState(error);
      if (code === CHECK_VIOLATION) this.#months.clear();
      if (REFUSALS.includes(code.slice(0, 2))) throw new RowsRefused(messageOf(error), { cause: error });
      throw error;
    }
  }

  async #ensure(rows: string): Promise<void> {
    const missing = monthsOf(rows).filter((month) => !this.#months.has(month));
    if (missing.length === 0) return;
    await this.#ensureMonths(this.#database, missing);
    for (const month of missing) this.#months.add(month);
  }
}

function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
