// For tests of whatever keeps something in the database: the same tests on a real PostgreSQL and on the embedded twin, each
// in a database of its own, migrated.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { newEmbeddedFolder, newTestDatabase } from '../../../test/servers/shared-servers.ts';
import type { Database, DatabaseOptions } from '../src/database.ts';
import { migrate } from '../src/migrate.ts';
import { openDatabase } from '../src/open-database.ts';

const OPEN_MS = 60_000;

/** An empty database: its options, for as many `openDatabase` as wanted (embedded: one at a time), and how to be rid of it. */
export interface EmptyDatabase {
  readonly options: DatabaseOptions;
  drop(): Promise<void>;
}

export const DATABASE_KINDS = ['postgres', 'embedded'] as const;

export async function newEmptyDatabase(kind: DatabaseOptions['kind']): Promise<EmptyDatabase> {
  if (kind === 'embedded') {
    const folder = await mkdtemp(join(tmpdir(), 'ropeway-database-'));
    // An empty database made once a run: the first start of a new one takes seconds.
    const { folder: made } = await newEmbeddedFolder();
    await rename(made, join(folder, 'data'));
    return { options: { kind, folder }, drop: () => rm(folder, { recursive: true, force: true }) };
  }
  const { url, drop } = await newTestDatabase();
  const options = { kind, url, maxConnections: 8, connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };
  return { options, drop };
}

/** `tests` gets a function that gives the migrated database; call it inside tests and hooks, not while they are declared. */
export function onBothDatabases(title: string, tests: (database: () => Database) => void): void {
  describe.each(DATABASE_KINDS)(`${title} (%s)`, (kind) => {
    let empty: EmptyDatabase | undefined;
    let database: Database | undefined;
    beforeAll(async () => {
      empty = await newEmptyDatabase(kind);
      database = await openDatabase(empty.options, { signal: AbortSignal.timeout(OPEN_MS) });
      await migrate(database, { signal: AbortSignal.timeout(OPEN_MS) });
    }, OPEN_MS);
    afterAll(async () => {
      await database?.close();
      await empty?.drop();
    });
    tests(() => {
      if (database === undefined) throw new Error('the database is open in tests and hooks only');
      return database;
    });
  });
}
