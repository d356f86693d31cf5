// What migrating and checking a schema promise on both databases. Each test begins with an empty one.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { DATABASE_KINDS, type EmptyDatabase, newEmptyDatabase } from '../testing/both-databases.ts';
import { tenantRow } from '../testing/rows.ts';
import { checkSchema } from './check-schema.ts';
import type { Database, DatabaseOptions } from './database.ts';
import { migrate } from './migrate.ts';
import { MIGRATION_STEPS, type MigrationStep, SCHEMA_VERSION } from './migration-steps.ts';
import { openDatabase } from './open-database.ts';

/** Of one test. */
const TEST_MS = 60_000;

/** A release to come: the steps of today and one more. */
function stepsWith(minAppVersion: number, up: MigrationStep['up']): readonly MigrationStep[] {
  return [...MIGRATION_STEPS, { version: SCHEMA_VERSION + 1, name: 'to come', minAppVersion, up }];
}

export function migrateContract(): void {
  describe.each(DATABASE_KINDS)('migrate (%s)', (kind) => {
    const opened: Database[] = [];
    const empties: EmptyDatabase[] = [];
    let signal: AbortSignal;
    beforeEach(() => {
      signal = AbortSignal.timeout(TEST_MS);
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((database) => database.close()));
      await Promise.all(empties.splice(0).map((empty) => empty.drop()));
    });

    async function emptyOptions(): Promise<DatabaseOptions> {
      const empty = await newEmptyDatabase(kind);
      empties.push(empty);
      return empty.options;
    }

    async function open(options: DatabaseOptions): Promise<Database> {
      const database = await openDatabase(options, { signal });
      opened.push(database);
      return database;
    }

    it('brings an empty database to what this Ropeway needs, tells each step, and is then done', async () => {
      const database = await open(await emptyOptions());
      const told: number[] = [];
      await migrate(database, { signal, onStep: ({ version }) => told.push(version) });
      expect(told).toEqual(MIGRATION_STEPS.map(({ version }) => version));
      expect(await checkSchema(database)).toEqual({ ok: true, version: SCHEMA_VERSION });
      expect(await migrate(database, { signal })).toEqual([]);
    });

    it('applies each step once when several start at once', async () => {
      const options = await emptyOptions();
      const first = await open(options);
      // The embedded one is one process's: its callers share it.
      const others = kind === 'embedded' ? [first, first] : [await open(options), await open(options)];
      const applied = await Promise.all([first, ...others].map((database) => migrate(database, { signal })));
      expect(applied.flat().map(({ version }) => version)).toEqual(
        MIGRATION_STEPS.map(({ version }) => version),
      );
    });

    it('leaves nothing of a step that fails, and goes on from there the next time', async () => {
      const database = await open(await emptyOptions());
      const broken = stepsWith(1, async (trx) => {
        await sql`CREATE TABLE half_made (id integer)`.execute(trx);
        await sql`SELECT no_such_column FROM plan`.execute(trx);
      });
      await expect(migrate(database, { signal, steps: broken })).rejects.toMatchObject({ code: '42703' });
      expect(await checkSchema(database)).toEqual({ ok: true, version: SCHEMA_VERSION });
      const mended = stepsWith(1, async (trx) => {
        await sql`CREATE TABLE half_made (id integer)`.execute(trx);
      });
      expect((await migrate(database, { signal, steps: mended })).map(({ name }) => name)).toEqual([
        'to come',
      ]);
    });

    it('goes on telling of changes where the step before left off, in the database of an older release', async () => {
      const database = await open(await emptyOptions());
      const { sql: db } = database;
      await migrate(database, { signal, steps: MIGRATION_STEPS.slice(0, 1) });
      await db.insertInto('tenant').values(tenantRow('before')).execute();
      await migrate(database, { signal });
      await db.insertInto('tenant').values(tenantRow('after')).execute();
      await db.updateTable('tenant').set({ display_name: 'x' }).where('id', '=', 'before').execute();
      const told = await db.selectFrom('change').select(['epoch', 'id']).orderBy('epoch').execute();
      expect(told).toEqual([
        { epoch: 1, id: 'before' },
        { epoch: 2, id: 'after' },
        { epoch: 3, id: 'before' },
      ]);
    });

    it('stops when told to', async () => {
      const database = await open(await emptyOptions());
      await expect(migrate(database, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
        'stop',
      );
    });

    it('refuses a database without a schema, and says what to run', async () => {
      expect(await checkSchema(await open(await emptyOptions()))).toEqual({
        ok: false,
        why: 'too_old',
        version: 0,
        message: 'the database holds no schema yet, this Ropeway needs 2: run `ropeway migrate`',
      });
    });

    it('refuses a schema whose triggers note rows one by one, where an apply takes its own for those of others', async () => {
      const database = await open(await emptyOptions());
      await migrate(database, { signal, steps: MIGRATION_STEPS.slice(0, 1) });
      expect(await checkSchema(database)).toEqual({
        ok: false,
        why: 'too_old',
        version: 1,
        message: 'the database has schema 1, this Ropeway needs 2: run `ropeway migrate`',
      });
      await migrate(database, { signal });
      expect(await checkSchema(database)).toEqual({ ok: true, version: 2 });
    });

    it('leaves a schema that the Ropeway before each step can go on with, while it is replaced and after a rollback', async () => {
      const database = await open(await emptyOptions());
      await migrate(database, { signal });
      expect(await checkSchema(database, { newest: 1, oldestUsable: 1 })).toEqual({ ok: true, version: 2 });
      expect(await migrate(database, { signal, steps: MIGRATION_STEPS.slice(0, 1) })).toEqual([]);
    });

    it('refuses a schema that is too old, and says what to run', async () => {
      const database = await open(await emptyOptions());
      await migrate(database, { signal });
      expect(await checkSchema(database, { newest: 9, oldestUsable: 8 })).toMatchObject({
        why: 'too_old',
        message: expect.stringMatching(/needs 8: run `ropeway migrate`$/),
      });
    });

    it('uses a newer schema as long as that one allows it, so that a rollback works', async () => {
      const database = await open(await emptyOptions());
      await migrate(database, { signal, steps: stepsWith(SCHEMA_VERSION, async () => {}) });
      expect(await checkSchema(database)).toEqual({ ok: true, version: SCHEMA_VERSION + 1 });
      expect(await migrate(database, { signal })).toEqual([]);
    });

    it('refuses a newer schema that does not allow it, and says what to do', async () => {
      const database = await open(await emptyOptions());
      await migrate(database, { signal, steps: stepsWith(SCHEMA_VERSION + 1, async () => {}) });
      expect(await checkSchema(database)).toMatchObject({
        ok: false,
        why: 'too_new',
        version: SCHEMA_VERSION + 1,
        message: expect.stringMatching(/: upgrade ropeway$/),
      });
    });
  });
}
