// The ledger is kept in a table a month, so that retention drops whole tables. Months are made ahead; a row whose month was
// not there went to the default partition and moves when its month is made.
import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

/** Shared by all who make partitions; the one of migrations is another. */
const LOCK = 7_673_930;
/** Rows of the last month may still be on their way from a gateway that was cut off. */
const MONTHS_BACK = 1;

/**
 * Makes last month, this one and `monthsAhead` more where they are missing. Returns the tables made. Safe in several processes
 * at once; cheap (one look) when there is nothing to do. Months are those of UTC.
 */
export async function ensurePartitions(
  database: Database,
  monthsAhead: number,
  now: Date = new Date(),
): Promise<readonly string[]> {
  const wanted = monthsFrom(now, -MONTHS_BACK, monthsAhead);
  if ((await missing(database.sql, wanted)).length === 0) return [];
  return database.sql.transaction().execute(async (trx) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(trx);
    const absent = await missing(trx, wanted);
    if (absent.length > 0) await makePartitions(trx, absent);
    return absent.map(({ table }) => table);
  });
}

interface Month {
  readonly table: string;
  /** First moment of the month and of the next one, ISO 8601 in UTC. */
  readonly from: string;
  readonly to: string;
}

function monthsFrom(now: Date, first: number, last: number): Month[] {
  return Array.from({ length: last - first + 1 }, (_, place) => {
    const month = now.getUTCMonth() + first + place;
    const from = new Date(Date.UTC(now.getUTCFullYear(), month)).toISOString();
    const to = new Date(Date.UTC(now.getUTCFullYear(), month + 1)).toISOString();
    return { table: `ledger_${from.slice(0, 7).replace('-', '_')}`, from, to };
  });
}

/** Asks the tables of the catalogue: to_regclass may answer from what this connection saw before it waited for the lock. */
async function missing(db: Kysely<Schema>, months: readonly Month[]): Promise<readonly Month[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT child.relname AS name FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
    WHERE inhparent = 'ledger'::regclass`.execute(db);
  const there = rows.map(({ name }) => name);
  return months.filter(({ table }) => !there.includes(table));
}

/** With the default partition detached its rows are in nobody's way, and the trigger that refuses deletes is off them. */
async function makePartitions(trx: Kysely<Schema>, months: readonly Month[]): Promise<void> {
  await sql`ALTER TABLE ledger DETACH PARTITION ledger_default`.execute(trx);
  for (const { table, from, to } of months) {
    const range = sql`started_at >= ${sql.lit(from)} AND started_at < ${sql.lit(to)}`;
    await sql`CREATE TABLE ${sql.id(table)} PARTITION OF ledger
      FOR VALUES FROM (${sql.lit(from)}) TO (${sql.lit(to)})`.execute(trx);
    await sql`INSERT INTO ledger SELECT * FROM ledger_default WHERE ${range}`.execute(trx);
    await sql`DELETE FROM ledger_default WHERE ${range}`.execute(trx);
  }
  await sql`ALTER TABLE ledger ATTACH PARTITION ledger_default DEFAULT`.execute(trx);
}
