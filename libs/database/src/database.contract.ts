// What both databases promise, whichever is behind the port.
import { afterEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { onBothDatabases } from '../testing/both-databases.ts';
import { newestEpoch } from '../testing/newest-epoch.ts';
import { keyRow, ledgerRow, tenantRow } from '../testing/rows.ts';
import type { Database } from './database.ts';
import { ensurePartitions } from './ledger-partitions.ts';

/** Names of constraints and codes of errors are PostgreSQL's, and the same on both. */
const CHECK = { code: '23514' };
const FOREIGN_KEY = { code: '23503' };
const UNIQUE = { code: '23505' };
const APPEND_ONLY = { code: '23001' };

export function databaseContract(): void {
  onBothDatabases('database', (database) => {
    it('gives the same values in rows, whichever it is', async () => {
      const { rows } = await sql`SELECT 9007199254740991::bigint AS big, DATE '2026-11-30' AS day,
        '\\x00ff'::bytea AS bytes, '{"a":[1]}'::jsonb AS json, timestamptz '2026-11-30 12:00:00.123+02' AS at,
        NULL::bigint AS none, true AS yes`.execute(database().sql);
      expect(rows).toEqual([
        {
          big: Number.MAX_SAFE_INTEGER,
          day: '2026-11-30',
          bytes: Buffer.from([0, 255]),
          json: { a: [1] },
          at: new Date('2026-11-30T10:00:00.123Z'),
          none: null,
          yes: true,
        },
      ]);
    });

    it('keeps what it was given: bytes, documents, moments to the millisecond', async () => {
      const digest = Buffer.from(Array.from({ length: 32 }, (_, byte) => 255 - byte));
      const expires = new Date('2027-01-31T23:59:59.999Z');
      const limits = { budgets: [{ period: 'day', unit: 'tokens', limit: Number.MAX_SAFE_INTEGER }] };
      await database().sql.insertInto('tenant').values(tenantRow('kept')).execute();
      const row = keyRow('kept', 'kept', { digest, expires_at: expires, limits: JSON.stringify(limits) });
      await database().sql.insertInto('api_key').values(row).execute();
      const stored = await database()
        .sql.selectFrom('api_key')
        .selectAll()
        .where('id', '=', row.id)
        .executeTakeFirstOrThrow();
      expect(stored).toMatchObject({ digest, expires_at: expires, limits, last_used_at: null, version: 1 });
    });

    it('undoes all of a transaction that fails', async () => {
      const failing = database()
        .sql.transaction()
        .execute(async (trx) => {
          await trx.insertInto('tenant').values(tenantRow('undone')).execute();
          await trx.insertInto('tenant').values(tenantRow('undone')).execute();
        });
      await expect(failing).rejects.toMatchObject(UNIQUE);
      expect(await tenantIds(database(), 'undone')).toEqual([]);
    });

    it('lets statements wait for a transaction, and not join it', async () => {
      const begun = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const failing = database()
        .sql.transaction()
        .execute(async (trx) => {
          await trx.insertInto('tenant').values(tenantRow('taken-back')).execute();
          begun.resolve();
          await finish.promise;
          throw new Error('changed my mind');
        });
      await begun.promise;
      const beside = database().sql.insertInto('tenant').values(tenantRow('stays')).execute();
      finish.resolve();
      await expect(failing).rejects.toThrow('changed my mind');
      await beside;
      expect(await tenantIds(database(), 'taken-back', 'stays')).toEqual(['stays']);
    });

    describe('constraints', () => {
      const insertTenant = (about: Parameters<typeof tenantRow>[1], id = 'fine') =>
        database().sql.insertInto('tenant').values(tenantRow(id, about)).execute();

      it.each(["'; DROP TABLE tenant; --", 'ACME', 'асме', '', 'a'.repeat(64), 'a b', 'acme\n'])(
        'refuse %j as the id of a tenant',
        async (id) => {
          await expect(insertTenant({}, id)).rejects.toMatchObject(CHECK);
        },
      );

      it.each([-1, 0, 0.5, 2 ** 53])('refuse %p as a limit, however deep it stands', async (limit) => {
        const limits = JSON.stringify({ requestsPerMinute: limit });
        const budgets = JSON.stringify({ budgets: [{ period: 'day', unit: 'tokens', limit }] });
        await expect(insertTenant({ limits })).rejects.toMatchObject(CHECK);
        await expect(insertTenant({ limits: budgets })).rejects.toMatchObject(CHECK);
        await expect(insertTenant({ limits: '[]' })).rejects.toMatchObject(CHECK);
      });

      it('refuse a tenant on a plan that is not there', async () => {
        await expect(insertTenant({ plan: 'nowhere' })).rejects.toMatchObject(FOREIGN_KEY);
      });

      it('refuse a digest that is not 32 bytes, an unknown environment, a key of nobody', async () => {
        await insertTenant({}, 'holder');
        const insertKey = (about: object, tenant = 'holder') =>
          database()
            .sql.insertInto('api_key')
            .values(keyRow('bad', tenant, about))
            .execute();
        await expect(insertKey({ digest: Buffer.alloc(31) })).rejects.toMatchObject(CHECK);
        await expect(insertKey({ environment: 'prod' })).rejects.toMatchObject(CHECK);
        await expect(insertKey({ id: 'too-short' })).rejects.toMatchObject(CHECK);
        await expect(insertKey({}, 'nobody')).rejects.toMatchObject(FOREIGN_KEY);
      });

      it('refuse negative counts and a second row of one answer in the ledger', async () => {
        const at = '2026-11-05T10:00:00.000Z';
        const insert = (about: object) =>
          database()
            .sql.insertInto('ledger')
            .values(ledgerRow('twice', at, about))
            .execute();
        await expect(insert({ completion_tokens: -1 })).rejects.toMatchObject(CHECK);
        await expect(insert({ outcome: 'lost' })).rejects.toMatchObject(CHECK);
        await insert({});
        await expect(insert({})).rejects.toMatchObject(UNIQUE);
      });
    });

    describe('append-only tables', () => {
      it('refuse to change or forget a row of the audit log', async () => {
        const row = {
          actor: 'test',
          action: 'key.revoke',
          target: 'k',
          tenant: null,
          before: null,
          after: null,
        };
        await database().sql.insertInto('audit').values(row).execute();
        await expect(database().sql.updateTable('audit').set({ actor: 'x' }).execute()).rejects.toMatchObject(
          APPEND_ONLY,
        );
        await expect(database().sql.deleteFrom('audit').execute()).rejects.toMatchObject(APPEND_ONLY);
        await expect(sql`TRUNCATE audit`.execute(database().sql)).rejects.toMatchObject(APPEND_ONLY);
      });

      it('refuse to change or forget a row of the ledger, in a month and outside of all', async () => {
        await ensurePartitions(database(), 0, new Date('2026-11-23T00:00:00Z'));
        const rows = [
          ledgerRow('in', '2026-11-05T10:00:00.000Z'),
          ledgerRow('out', '1999-01-01T00:00:00.000Z'),
        ];
        await database().sql.insertInto('ledger').values(rows).execute();
        for (const id of ['in', 'out']) {
          const update = database()
            .sql.updateTable('ledger')
            .set({ tenant: 'x' })
            .where('request_id', '=', id);
          await expect(update.execute()).rejects.toMatchObject(APPEND_ONLY);
          const removal = database().sql.deleteFrom('ledger').where('request_id', '=', id);
          await expect(removal.execute()).rejects.toMatchObject(APPEND_ONLY);
        }
        await expect(sql`TRUNCATE ledger`.execute(database().sql)).rejects.toMatchObject(APPEND_ONLY);
      });
    });

    describe('partitions of the ledger', () => {
      it('are made once, a month each, and moved into from the default one', async () => {
        const early = ledgerRow('early', '2031-02-28T23:59:59.999Z');
        const late = ledgerRow('late', '2031-03-01T00:00:00.000Z');
        await database().sql.insertInto('ledger').values([early, late]).execute();
        expect(await homesOf(database(), 'early', 'late')).toEqual(['ledger_default', 'ledger_default']);
        const now = new Date('2031-02-10T00:00:00Z');
        const made = ['ledger_2031_01', 'ledger_2031_02', 'ledger_2031_03'];
        expect(await ensurePartitions(database(), 1, now)).toEqual(made);
        expect(await ensurePartitions(database(), 1, now)).toEqual([]);
        expect(await homesOf(database(), 'early', 'late')).toEqual(['ledger_2031_02', 'ledger_2031_03']);
      });

      it('are made once when several ask at once', async () => {
        const now = new Date('2033-12-15T00:00:00Z');
        const made = await Promise.all([1, 2, 3].map(() => ensurePartitions(database(), 1, now)));
        expect(made.flat().sort()).toEqual(['ledger_2033_11', 'ledger_2033_12', 'ledger_2034_01']);
      });
    });

    describe('changes', () => {
      it('are noted for plans, tenants and keys, in the order of their commits', async () => {
        const from = await newestEpoch(database());
        const { sql: db } = database();
        await db.insertInto('plan').values({ name: 'noted', limits: '{}', scopes: '{}' }).execute();
        await db
          .insertInto('tenant')
          .values(tenantRow('noted', { plan: 'noted' }))
          .execute();
        await db.insertInto('api_key').values(keyRow('noted', 'noted')).execute();
        await db
          .updateTable('plan')
          .set({ limits: '{"requestsPerMinute":5}' })
          .where('name', '=', 'noted')
          .execute();
        await db.deleteFrom('api_key').where('tenant', '=', 'noted').execute();
        const noted = await db
          .selectFrom('change')
          .select(['kind', 'id'])
          .where('epoch', '>', from)
          .orderBy('epoch')
          .execute();
        expect(noted.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
          'plan noted',
          'tenant noted',
          'key noted0000000',
          'plan noted',
          'key noted0000000',
        ]);
      });

      it('are not noted when a key was only used, or nothing changed', async () => {
        await database().sql.insertInto('tenant').values(tenantRow('busy')).execute();
        await database().sql.insertInto('api_key').values(keyRow('busy', 'busy')).execute();
        const from = await newestEpoch(database());
        const keys = database().sql.updateTable('api_key').where('tenant', '=', 'busy');
        await keys.set({ last_used_at: new Date() }).execute();
        await keys.set({ name: '' }).execute();
        expect(await newestEpoch(database())).toBe(from);
        await keys.set({ last_used_at: new Date(), revoked_at: new Date() }).execute();
        expect(await newestEpoch(database())).toBeGreaterThan(from);
      });

      it('are noted for each row that a statement changed, and for both names of one it renamed', async () => {
        const { sql: db } = database();
        const ids = Array.from({ length: 30 }, (_, at) => `row-${at + 10}`);
        const noted = async (change: { execute(): Promise<unknown> }) => {
          const from = await newestEpoch(database());
          await change.execute();
          const rows = await db
            .selectFrom('change')
            .select(['kind', 'id'])
            .where('epoch', '>', from)
            .orderBy('epoch')
            .execute();
          return rows.map(({ kind, id }) => `${kind} ${id}`);
        };
        const [first = '', second = ''] = ids;
        const made = db.insertInto('tenant').values(ids.map((id) => tenantRow(id)));
        expect(await noted(made)).toEqual(ids.map((id) => `tenant ${id}`));
        const renamed = sql`UPDATE tenant SET display_name = CASE id WHEN ${first} THEN 'other' ELSE display_name END,
          id = CASE id WHEN ${second} THEN 'row-new' ELSE id END WHERE id LIKE 'row-%'`;
        expect((await noted({ execute: () => renamed.execute(db) })).sort()).toEqual([
          `tenant ${first}`,
          `tenant ${second}`,
          'tenant row-new',
        ]);
        expect(
          await noted(db.updateTable('tenant').set({ display_name: 'x' }).where('id', '=', 'nobody')),
        ).toEqual([]);
        const gone = db.deleteFrom('tenant').where('id', 'in', [first, 'row-new']);
        expect((await noted(gone)).sort()).toEqual([`tenant ${first}`, 'tenant row-new']);
      });

      it('older than an hour go with the next one', async () => {
        await sql`INSERT INTO change (kind, id, at) VALUES ('tenant', 'ancient', now() - interval '61 minutes'),
          ('tenant', 'recent', now() - interval '59 minutes')`.execute(database().sql);
        await database().sql.insertInto('tenant').values(tenantRow('pruner')).execute();
        const kept = await database()
          .sql.selectFrom('change')
          .select('id')
          .where('id', 'in', ['ancient', 'recent'])
          .execute();
        expect(kept).toEqual([{ id: 'recent' }]);
      });
    });

    describe('listen', () => {
      let stop: (() => Promise<void>) | undefined;
      afterEach(async () => {
        await stop?.();
        stop = undefined;
      });

      it('hears of changes that were committed, and of no others', async () => {
        const heard = await listen(database(), 'ropeway_change');
        stop = heard.stop;
        const { sql: db } = database();
        await db
          .transaction()
          .execute(async (trx) => {
            await trx.insertInto('tenant').values(tenantRow('never-was')).execute();
            throw new Error('rolled back');
          })
          .catch(() => {});
        await db.insertInto('tenant').values(tenantRow('heard')).execute();
        const change = JSON.parse(await heard.next());
        expect(change).toEqual({ epoch: await newestEpoch(database()), kind: 'tenant', id: 'heard' });
      });

      it('hears on the channel it asked for, until it stops', async () => {
        const heard = await listen(database(), 'one_channel');
        await sql`SELECT pg_notify('one_channel', 'one'), pg_notify('other', 'two')`.execute(database().sql);
        expect(await heard.next()).toBe('one');
        await heard.stop();
        await sql`SELECT pg_notify('one_channel', 'three')`.execute(database().sql);
        // What is sent after it comes after it: so `three` would have been heard by now.
        const later = await listen(database(), 'later');
        stop = later.stop;
        await sql`SELECT pg_notify('later', 'four')`.execute(database().sql);
        expect(await later.next()).toBe('four');
        expect(heard.all).toEqual(['one']);
      });

      it('refuses a channel that would have to be quoted', async () => {
        const listening = database().listen(
          'x"; DROP TABLE tenant; --',
          () => {},
          () => {},
        );
        await expect(listening).rejects.toThrow('not a plain name');
      });
    });
  });
}

/** Which of the tenants there are. */
async function tenantIds(database: Database, ...ids: string[]): Promise<string[]> {
  const rows = await database.sql.selectFrom('tenant').select('id').where('id', 'in', ids).execute();
  return rows.map(({ id }) => id);
}

/** The tables the rows of the ledger are kept in. */
async function homesOf(database: Database, ...requestIds: string[]): Promise<string[]> {
  const { rows } = await sql<{ home: string }>`SELECT tableoid::regclass::text AS home FROM ledger
    WHERE request_id IN (${sql.join(requestIds)}) ORDER BY request_id`.execute(database.sql);
  return rows.map(({ home }) => home);
}

async function listen(database: Database, channel: string) {
  const all: string[] = [];
  const wanted: ((payload: string) => void)[] = [];
  const stop = await database.listen(
    channel,
    (payload) => {
      all.push(payload);
      wanted.shift()?.(payload);
    },
    () => {},
  );
  let read = 0;
  const next = (): Promise<string> => {
    const place = read++;
    const there = all[place];
    return there === undefined ? new Promise((resolve) => wanted.push(resolve)) : Promise.resolve(there);
  };
  return { all, next, stop };
}
