// The lock under which epochs are drawn. Triggers take it for each statement; a transaction that reads first, and writes what
// it read, takes it before.
import { type Kysely, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** First statement of a transaction that reads and writes plans, tenants or keys: there is one such writer at a time. */
export async function lockChanges(trx: Kysely<Schema>): Promise<void> {
  await sql`SELECT ropeway_lock_changes()`.execute(trx);
}
