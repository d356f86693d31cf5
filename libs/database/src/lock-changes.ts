// The lock under which epochs are drawn. The triggers take it, too late for a transaction that holds rows already.
import { type Kysely, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** First statement of each transaction that writes plans, tenants or keys: one writer at a time, so that none deadlock. */
export async function lockChanges(trx: Kysely<Schema>): Promise<void> {
  await sql`SELECT ropeway_lock_changes()`.execute(trx);
}
