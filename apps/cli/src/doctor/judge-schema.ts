// Are the tables the ones this version works with?
import { checkSchema, type Database } from '#database';
import { type Finding, fail, ok } from './finding.ts';

/** Rejects when the database is away. */
export async function judgeSchema(database: Database, check: string): Promise<Finding> {
  const schema = await checkSchema(database);
  if (schema.ok) return ok(check, `schema ${schema.version}, which this version works with`);
  const [what = schema.message, fix = 'run `ropeway migrate`'] = schema.message.split(/: (?=run|upgrade)/);
  return fail(check, what, fix);
}
