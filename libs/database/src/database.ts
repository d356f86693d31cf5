// Where is it kept? One typed door to PostgreSQL or, embedded, to PGlite; the same SQL on both.
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export type DatabaseOptions =
  | {
      readonly kind: 'postgres';
      /** Secret. As in postgres://user:password@host:5432/ropeway?sslmode=require */
      readonly url: string;
      /** Connections of this process at most. */
      readonly maxConnections: number;
      readonly connectTimeoutMs: number;
      /** Each statement; the server ends it. 0: no bound, as a migration wants it. */
      readonly statementTimeoutMs: number;
    }
  /** A folder that belongs to this process alone: a lock file says so. */
  | { readonly kind: 'embedded'; readonly folder: string };

/** For the log; what an operator may want to know. */
export type DatabaseEvent =
  /** An idle connection broke; the next statement opens another. */
  | { readonly kind: 'connection_lost'; readonly message: string }
  /** The connection that listens broke, or could not be made; it is tried again with back-off. */
  | { readonly kind: 'listener_lost'; readonly channel: string; readonly message: string }
  /** Nothing is asked of it until it fits; looked at again with each statement, told once. The message names the command that mends it. */
  | { readonly kind: 'schema_refused'; readonly message: string }
  /** After a refusal. */
  | { readonly kind: 'schema_fits'; readonly version: number };

/**
 * On the embedded twin there is one connection: a statement outside a transaction waits for the transaction that runs. So
 * inside `sql.transaction().execute(async (trx) => …)` use `trx` alone; `sql` there would wait for ever.
 */
export interface Database {
  readonly kind: DatabaseOptions['kind'];
  readonly sql: Kysely<Schema>;
  /**
   * Calls `heard` for each NOTIFY on the channel (a plain name: a-z, 0-9, _), and `lost` when the connection breaks (it is opened again by itself, with
   * back-off; `heard` goes on, what came meanwhile is missed: ask for the epoch). Returns how to stop.
   */
  listen(
    channel: string,
    heard: (payload: string) => void,
    lost: (error: Error) => void,
  ): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
