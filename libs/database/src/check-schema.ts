// May this Ropeway use that database? Only one release apart matters (decisions L8): older schemas that are still usable and
// newer ones that still allow us are fine, so that a rollout and its rollback work.
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { OLDEST_USABLE_SCHEMA, SCHEMA_VERSION } from './migration-steps.ts';

type SchemaCheck =
  | { readonly ok: true; readonly version: number }
  | {
      readonly ok: false;
      readonly why: 'too_old' | 'too_new';
      /** 0: there is no schema yet. */
      readonly version: number;
      /** One line: what is wrong and the command that mends it. */
      readonly message: string;
    };

interface SchemaNeeds {
  /** The newest schema this process knows. */
  readonly newest: number;
  readonly oldestUsable: number;
}

const OURS: SchemaNeeds = { newest: SCHEMA_VERSION, oldestUsable: OLDEST_USABLE_SCHEMA };

/** Rejects when the database is away. `needs` is for tests. */
export async function checkSchema(
  database: Pick<Database, 'sql'>,
  needs: SchemaNeeds = OURS,
): Promise<SchemaCheck> {
  const { version, minAppVersion } = await readSchema(database);
  if (version < needs.oldestUsable) {
    const found = version === 0 ? 'holds no schema yet' : `has schema ${version}`;
    const message = `the database ${found}, this Ropeway needs ${needs.oldestUsable}: run \`ropeway migrate\``;
    return { ok: false, why: 'too_old', version, message };
  }
  if (minAppVersion > needs.newest) {
    const message = `the database has schema ${version}, which a Ropeway that knows only ${needs.newest} must not use: upgrade ropeway`;
    return { ok: false, why: 'too_new', version, message };
  }
  return { ok: true, version };
}

async function readSchema(
  database: Pick<Database, 'sql'>,
): Promise<{ version: number; minAppVersion: number }> {
  const { rows: tables } = await sql<{ there: boolean }>`
    SELECT to_regclass('schema_info') IS NOT NULL AS there`.execute(database.sql);
  if (tables[0]?.there !== true) return { version: 0, minAppVersion: 0 };
  const found = await database.sql
    .selectFrom('schema_info')
    .select(({ fn }) => [fn.max('version').as('version'), fn.max('min_app_version').as('minAppVersion')])
    .executeTakeFirst();
  return { version: found?.version ?? 0, minAppVersion: found?.minAppVersion ?? 0 };
}
