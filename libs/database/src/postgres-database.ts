// PostgreSQL behind the port: a small pool for statements, and one connection of its own for each LISTEN.
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import type { Database, DatabaseEvent, DatabaseOptions } from './database.ts';
import { discardingPool } from './discarding-pool.ts';
import { gatedPool } from './gated-pool.ts';
import { plainChannel } from './plain-channel.ts';
import { PostgresListener } from './postgres-listener.ts';
import type { Schema } from './schema.ts';
import { SchemaGate } from './schema-gate.ts';
import { postgresTypes } from './value-types.ts';

type PostgresOptions = Extract<DatabaseOptions, { kind: 'postgres' }>;

/** What the server ends is waited for this much longer; a connection silent even then is a dead one, and thrown away. */
const SILENCE_MS = 2_000;
const IDLE_MS = 30_000;
/** A transaction of ours never waits for anything but the database; one that idles was lost by its process. */
const IDLE_IN_TRANSACTION_MS = 30_000;

interface PostgresTerms {
  readonly log: (event: DatabaseEvent) => void;
  readonly refusesOtherSchemas: boolean;
}

export class PostgresDatabase implements Database {
  readonly kind = 'postgres';
  readonly sql: Kysely<Schema>;
  readonly #options: PostgresOptions;
  readonly #log: (event: DatabaseEvent) => void;
  readonly #listeners = new Set<PostgresListener>();

  constructor(options: PostgresOptions, { log, refusesOtherSchemas }: PostgresTerms) {
    this.#options = options;
    this.#log = log;
    const pool = new pg.Pool(poolConfig(options));
    // An idle connection that breaks is replaced when one is needed next; without a listener it would end the process.
    const onError = (error: Error) => log({ kind: 'connection_lost', message: error.message });
    pool.on('error', onError);
    // One that breaks while a statement runs on it tells its client alone, and Kysely listens to none.
    pool.on('connect', (client) => client.on('error', onError));
    const safe = discardingPool(pool);
    this.sql = over(refusesOtherSchemas ? gatedPool(safe, new SchemaGate(over(safe), log)) : safe);
  }

  async listen(
    channel: string,
    heard: (payload: string) => void,
    lost: (error: Error) => void,
  ): Promise<() => Promise<void>> {
    const { url, connectTimeoutMs } = this.#options;
    const terms = { url, connectTimeoutMs, channel: plainChannel(channel), heard, lost, log: this.#log };
    const listener = new PostgresListener(terms);
    this.#listeners.add(listener);
    await listener.start();
    return async () => {
      this.#listeners.delete(listener);
      await listener.stop();
    };
  }

  async close(): Promise<void> {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    await Promise.all([this.sql.destroy(), ...listeners.map((listener) => listener.stop())]);
  }
}

function over(pool: PostgresPool): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

function poolConfig(options: PostgresOptions): pg.PoolConfig {
  return {
    connectionString: options.url,
    application_name: 'ropeway',
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: IDLE_MS,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs === 0 ? 0 : options.statementTimeoutMs + SILENCE_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    types: postgresTypes,
  };
}
