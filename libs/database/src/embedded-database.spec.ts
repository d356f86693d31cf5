import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type EmptyDatabase, newEmptyDatabase } from '../testing/both-databases.ts';
import { tenantRow } from '../testing/rows.ts';
import { migrate } from './migrate.ts';
import { openDatabase } from './open-database.ts';
import { openingDeadline } from './opening-deadline.ts';

const signal = AbortSignal.timeout(60_000);

describe('the embedded database', () => {
  let empty: EmptyDatabase;
  beforeEach(async () => {
    empty = await newEmptyDatabase('embedded');
  });
  afterEach(() => empty.drop());

  it('is opened once at a time', async () => {
    const first = await openDatabase(empty.options, { signal });
    await expect(openDatabase(empty.options, { signal })).rejects.toMatchObject({
      name: 'DatabaseProblem',
      code: 'in_use',
    });
    await first.close();
    await (await openDatabase(empty.options, { signal })).close();
  });

  it('says what to do when it is not open in time, and can be opened afterwards', async () => {
    await expect(openDatabase(empty.options, { signal: openingDeadline(1) })).rejects.toMatchObject({
      code: 'too_slow',
      message: expect.stringMatching(/^the database was not open after 0.001 s: .* start again$/),
    });
    await (await openDatabase(empty.options, { signal })).close();
  });

  it('leaves the event loop a turn after each statement, in a transaction too', async () => {
    const database = await openDatabase(empty.options, { signal });
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    for (let n = 0; n < 20; n += 1) await sql`SELECT 1`.execute(database.sql);
    expect(turns).toBeGreaterThanOrEqual(19);
    turns = 0;
    await database.sql.transaction().execute(async (trx) => {
      for (let n = 0; n < 20; n += 1) await sql`SELECT 1`.execute(trx);
    });
    expect(turns).toBeGreaterThanOrEqual(19);
    isOver = true;
    await database.close();
  });

  it('keeps what was stored when it is opened again', async () => {
    const first = await openDatabase(empty.options, { signal });
    await migrate(first, { signal });
    await first.sql.insertInto('tenant').values(tenantRow('acme')).execute();
    await first.close();
    const second = await openDatabase(empty.options, { signal });
    expect(await second.sql.selectFrom('tenant').select('id').execute()).toEqual([{ id: 'acme' }]);
    await second.close();
  });

  it('ends what runs before it closes, and may be closed twice', async () => {
    const database = await openDatabase(empty.options, { signal });
    const running = database.sql.transaction().execute(async (trx) => {
      await sql`CREATE TABLE kept (id integer)`.execute(trx);
      await sql`INSERT INTO kept VALUES (1)`.execute(trx);
    });
    await Promise.all([database.close(), database.close()]);
    await running;
    await expect(sql`SELECT 1`.execute(database.sql)).rejects.toThrow();
  });

  it('leaves the folder free when opening is given up', async () => {
    const gone = AbortSignal.abort(new Error('given up'));
    await expect(openDatabase(empty.options, { signal: gone })).rejects.toThrow('given up');
    await (await openDatabase(empty.options, { signal })).close();
  });
});

describe('the first start of the embedded database', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ropeway-first-start-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('begins anew where a former one was killed half-way', async () => {
    mkdirSync(join(folder, 'data.new'));
    writeFileSync(join(folder, 'data.new', 'PG_VERSION'), 'half');
    const database = await openDatabase({ kind: 'embedded', folder }, { signal });
    expect((await sql`SELECT 1 AS one`.execute(database.sql)).rows).toEqual([{ one: 1 }]);
    await database.close();
    expect(existsSync(join(folder, 'data.new'))).toBe(false);
  });

  it('can be given up, and leaves nothing that looks like a database', async () => {
    const giveUp = new AbortController();
    const opening = openDatabase({ kind: 'embedded', folder }, { signal: giveUp.signal });
    giveUp.abort(new Error('stopped by hand'));
    await expect(opening).rejects.toThrow('stopped by hand');
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });
});
