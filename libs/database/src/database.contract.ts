// What both databases promise, whichever is behind the port.
import { expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { onBothDatabases } from '../testing/both-databases.ts';
import { checkSchema } from './check-schema.ts';
import { migrate } from './migrate.ts';

export function databaseContract(): void {
  onBothDatabases('database', (database) => {
    it('gives the same values in rows, whichever it is', async () => {
      const { rows } =
        await sql`SELECT 9007199254740991::bigint AS big, DATE '2026-11-30' AS day, '\\x00ff'::bytea AS bytes,
        '{"a":[1]}'::jsonb AS json, timestamptz '2026-11-30 12:00:00.123+02' AS at, NULL::bigint AS none`.execute(
          database().sql,
        );
      expect(rows).toEqual([
        {
          big: Number.MAX_SAFE_INTEGER,
          day: '2026-11-30',
          bytes: Buffer.from([0, 255]),
          json: { a: [1] },
          at: new Date('2026-11-30T10:00:00.123Z'),
          none: null,
        },
      ]);
    });

    it('has a usable schema after migrate, which then has nothing more to do', async () => {
      expect(await checkSchema(database())).toEqual({ ok: true, version: 1 });
      expect(await migrate(database(), { signal: AbortSignal.timeout(10_000) })).toEqual([]);
    });
  });
}
