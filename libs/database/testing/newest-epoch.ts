// Which change was told last.
import type { Database } from '../src/database.ts';

export async function newestEpoch(database: Database): Promise<number> {
  const row = await database.sql
    .selectFrom('change')
    .select(({ fn }) => fn.max('epoch').as('epoch'))
    .executeTakeFirst();
  return row?.epoch ?? 0;
}
