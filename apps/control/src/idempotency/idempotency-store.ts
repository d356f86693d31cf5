// What became of a write that carried an idempotency key: one row a key and admin, in the same database as what it wrote. The
// row is there before the write begins, so two of the same never run beside each other, on however many processes.
import { sql } from 'kysely';
import type { Database } from '#database';

export type Claim =
  /** Nobody had this key: go on, and tell how it ended. */
  | { readonly kind: 'mine' }
  | { readonly kind: 'done'; readonly status: number; readonly body: string }
  | { readonly kind: 'other_request' }
  | { readonly kind: 'in_use' }
  /** It began long ago and never said how it ended: its process was killed, or the database went away under it. */
  | { readonly kind: 'unknown' };

/** Kept in the column `status` until the request has ended; no HTTP status is 0. */
const RUNNING = 0;
/** Stripe keeps them as long (docs.stripe.com/api/idempotent_requests). */
const KEPT = sql`interval '24 hours'`;
/**
 * Longer than nearly any write takes: statements end after 10 s each (database.statementTimeoutMs), and most have a handful. Who repeats
 * an apply that still runs is told that its end is not known; it is done once all the same.
 */
const LONGEST = sql`interval '2 minutes'`;

export class IdempotencyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async claim(actor: string, key: string, digest: Buffer): Promise<Claim> {
    const { sql: db } = this.#database;
    await db.deleteFrom('idempotency').where('at', '<', sql<Date>`now() - ${KEPT}`).execute();
    const mine = await db
      .insertInto('idempotency')
      .values({ actor, key, request_digest: digest, status: RUNNING, body: '' })
      .onConflict((conflict) => conflict.columns(['actor', 'key']).doNothing())
      .returning('key')
      .executeTakeFirst();
    if (mine) return { kind: 'mine' };
    const row = await db
      .selectFrom('idempotency')
      .select(['request_digest', 'status', 'body', sql<boolean>`at < now() - ${LONGEST}`.as('is_old')])
      .where('actor', '=', actor)
      .where('key', '=', key)
      .executeTakeFirst();
    // Given up between the two statements: the next try gets it.
    if (!row) return { kind: 'in_use' };
    if (!digest.equals(row.request_digest)) return { kind: 'other_request' };
    if (row.status !== RUNNING) return { kind: 'done', status: row.status, body: row.body };
    return { kind: row.is_old ? 'unknown' : 'in_use' };
  }

  async finish(actor: string, key: string, status: number, body: string): Promise<void> {
    const { sql: db } = this.#database;
    await db
      .updateTable('idempotency')
      .set({ status, body })
      .where('actor', '=', actor)
      .where('key', '=', key)
      .execute();
  }

  /** Nothing was done under it: it may be used again. */
  async giveUp(actor: string, key: string): Promise<void> {
    const { sql: db } = this.#database;
    await db.deleteFrom('idempotency').where('actor', '=', actor).where('key', '=', key).execute();
  }
}
