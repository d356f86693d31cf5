// Does the database answer, and is its schema one this program can work with?
import type { Database } from '#database';

export type DatabaseStatus =
  | {
      readonly ok: true;
      readonly latencyMs: number;
      readonly schema: number | null;
      readonly isSchemaRight: boolean;
    }
  | { readonly ok: false };

/** Never throws. */
export async function databaseStatus(database: Database): Promise<DatabaseStatus> {
  const started = performance.now();
  try {
    const row = await database.sql
      .selectFrom('schema_info')
      .select(['version', 'min_app_version'])
      .executeTakeFirst();
    const latencyMs = Math.round((performance.now() - started) * 10) / 10;
    return { ok: true, latencyMs, schema: row?.version ?? null, isSchemaRight: row !== undefined };
  } catch {
    return { ok: false };
  }
}
