// Does the database answer, and is its schema one this program can work with?
import { checkSchema, type Database, DatabaseProblem } from '#database';

type DatabaseStatus =
  | {
      readonly ok: true;
      readonly latencyMs: number;
      /** null: it was of another release whenever it was looked at, so nothing has been asked of it. */
      readonly schema: number | null;
      /** null: the schema fits. Else one line with the command that mends it. */
      readonly schemaProblem: string | null;
    }
  | { readonly ok: false };

/** Longer than any statement takes that a ready database would be asked; kubelet's probes wait for 1 s by default. */
const PATIENCE_MS = 2_000;

/** Never throws. */
export async function databaseStatus(database: Database): Promise<DatabaseStatus> {
  const started = performance.now();
  try {
    const check = await inTime(checkSchema(database));
    if (check === 'late') return { ok: false };
    return {
      ok: true,
      latencyMs: msSince(started),
      schema: check.version,
      schemaProblem: check.ok ? null : check.message,
    };
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) return { ok: false };
    return { ok: true, latencyMs: msSince(started), schema: null, schemaProblem: error.message };
  }
}

function msSince(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}

/** A black-holed database answers nothing for as long as a statement may take. */
async function inTime<T>(asked: Promise<T>): Promise<T | 'late'> {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(late.resolve, PATIENCE_MS, 'late');
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
    // Whatever comes of it after all is nobody's any more.
    asked.catch(() => {});
  }
}
