// The migrations, oldest first. A step that was released is never edited: what it made is changed by a later one. Expand in
// one release, contract in the next (decisions L8), so that a rollout and its rollback both find a schema they can use.
import type { Kysely } from 'kysely';
import { firstTables } from './migration-0001-first-tables.ts';
import { changesAStatement } from './migration-0002-changes-a-statement.ts';
import type { Schema } from './schema.ts';

export interface MigrationStep {
  /** Counts up by one. */
  readonly version: number;
  readonly name: string;
  /** A Ropeway that knows no step above this one can't use the database any more once this step is done. */
  readonly minAppVersion: number;
  /** Runs in a transaction of its own, on PostgreSQL 15 and on PGlite alike. */
  up(trx: Kysely<Schema>): Promise<void>;
}

export const MIGRATION_STEPS: readonly MigrationStep[] = [
  { version: 1, name: 'first tables', minAppVersion: 1, up: firstTables },
  { version: 2, name: 'changes noted a statement', minAppVersion: 1, up: changesAStatement },
];

/** What this Ropeway brings a database to. */
export const SCHEMA_VERSION = MIGRATION_STEPS.length;
/**
 * The oldest schema this Ropeway can still work with: its own. Step 1 alone was in no release. There an apply takes what its own
 * rows are noted as for somebody else's change, and is made four times over before it stands.
 */
export const OLDEST_USABLE_SCHEMA = 2;
