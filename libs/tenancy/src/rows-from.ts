// Many rows as one parameter: the text of the statement stays short and the same however many there are, which is half the time.
import { type RawBuilder, sql } from 'kysely';
import type { Schema } from '#database';

/**
 * What `insertInto(table).columns(columns).expression(…)` takes. Rows are in the words of JSON: documents as they are, not as
 * texts; moments are written as ISO 8601; bytes are to be given as `\x0102`.
 */
export function rowsFrom<Column extends string>(
  table: keyof Schema,
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, unknown>>[],
): RawBuilder<unknown> {
  return sql`SELECT ${sql.join(columns.map((column) => sql.ref(column)))}
    FROM jsonb_populate_recordset(NULL::${sql.table(table)}, ${JSON.stringify(rows)}::jsonb)`;
}
