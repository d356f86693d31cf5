// A database of the run's PostgreSQL with Ropeway's schema in it.
import { migrate, openDatabase } from '#database';
import { MIGRATION_STEPS, type MigrationStep } from '../../libs/database/src/migration-steps.ts';
import { newTestDatabase, type TestDatabase } from './shared-servers.ts';

const MIGRATE_MS = 30_000;

/** Only the caller's; no rows in it. */
export async function newMigratedDatabase(): Promise<TestDatabase> {
  const database = await newTestDatabase();
  await migrateDatabase(database.url);
  return database;
}

/** The same for a database on a server of the test's own, or as an older release leaves it. */
export async function migrateDatabase(
  url: string,
  steps: readonly MigrationStep[] = MIGRATION_STEPS,
): Promise<void> {
  const signal = AbortSignal.timeout(MIGRATE_MS);
  const deadlines = { connectTimeoutMs: 30_000, statementTimeoutMs: 60_000 };
  const database = await openDatabase({ kind: 'postgres', url, maxConnections: 2, ...deadlines }, { signal });
  try {
    await migrate(database, { signal, steps });
  } finally {
    await database.close();
  }
}
