// The lock under which epochs are drawn. Triggers take it for each statement; a transaction that reads first, and writes what
// it read, takes it before. Whoever makes many rows takes it after: until its commit nobody knows them, so nobody has to wait.
import { type Kysely, sql } from 'kysely';
import type { ChangeTable, Schema } from './schema.ts';

/**
 * There is one writer with it at a time. First statement of a transaction that reads and writes plans, tenants or keys; from here
 * on, statements note their own changes.
 */
export async function lockChanges(trx: Kysely<Schema>): Promise<void> {
  await sql`SELECT set_config('ropeway.told_later', 'off', true), ropeway_lock_changes()`.execute(trx);
}

/**
 * Until `lockChanges`, statements of the transaction that only insert plans, tenants or keys neither take the lock nor note their
 * rows: `tellChanges` has to, with the lock.
 */
export async function tellLater(trx: Kysely<Schema>): Promise<void> {
  await sql`SELECT set_config('ropeway.told_later', 'on', true)`.execute(trx);
}

/** In the order of `ids`, with what triggers tell with. Hold the lock. */
export async function tellChanges(
  trx: Kysely<Schema>,
  kind: ChangeTable['kind'],
  ids: readonly string[],
): Promise<void> {
  await sql`SELECT ropeway_tell_changes(${kind}, ${ids}::text[])`.execute(trx);
}
