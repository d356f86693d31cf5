// PGlite behind the port: PostgreSQL compiled to WebAssembly, with one connection, inside this process.
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, sql } from 'kysely';
import type { Database } from './database.ts';
import { embeddedProblem } from './embedded-problem.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { makeEmbeddedData } from './make-embedded-data.ts';
import { plainChannel } from './plain-channel.ts';
import type { Schema } from './schema.ts';
import { turnBetweenStatements } from './turn-between-statements.ts';
import { embeddedParsers, embeddedSerializers } from './value-types.ts';

export async function openEmbedded(folder: string, signal: AbortSignal): Promise<Database> {
  const lock = lockFolder(folder);
  try {
    const dataDir = join(folder, 'data');
    await makeEmbeddedData(dataDir, signal);
    const pglite = await openPglite(dataDir);
    if (!signal.aborted) return new EmbeddedDatabase(pglite, lock);
    // The lock is let go below, once: a second time would fail, and hide the reason.
    await pglite.close();
    throw signal.reason;
  } catch (error) {
    lock.release();
    throw embeddedProblem(folder, error);
  }
}

class EmbeddedDatabase implements Database {
  readonly kind = 'embedded';
  readonly sql: Kysely<Schema>;
  readonly #pglite: PGlite;
  readonly #lock: FolderLock;
  #closed: Promise<void> | null = null;

  constructor(pglite: PGlite, lock: FolderLock) {
    this.#pglite = pglite;
    this.#lock = lock;
    const dialect = new PGliteDialect({ pglite });
    this.sql = new Kysely<Schema>({ dialect, plugins: [turnBetweenStatements] });
  }

  async listen(
    channel: string,
    heard: (payload: string) => void,
    _lost: (error: Error) => void,
  ): Promise<() => Promise<void>> {
    const stop = await this.#pglite.listen(plainChannel(channel), heard);
    return async () => {
      if (!this.#pglite.closed) await stop();
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeOnce();
    return this.#closed;
  }

  async #closeOnce(): Promise<void> {
    try {
      // Statements and transactions stand in line for the one connection: when this one is done, so are those before it.
      await sql`SELECT 1`.execute(this.sql);
      await this.sql.destroy();
    } finally {
      this.#lock.release();
    }
  }
}

/** Loaded only here: whoever uses PostgreSQL never pays for its WebAssembly. */
async function openPglite(dataDir: string): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite');
  return PGlite.create({ dataDir, parsers: embeddedParsers, serializers: embeddedSerializers });
}
