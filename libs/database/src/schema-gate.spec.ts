import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { startFaultyProxy } from '../../../test/servers/start-faulty-proxy.ts';
import { type EmptyDatabase, newEmptyDatabase } from '../testing/both-databases.ts';
import type { Database, DatabaseEvent } from './database.ts';
import { migrate } from './migrate.ts';
import { SCHEMA_VERSION } from './migration-steps.ts';
import { openDatabase } from './open-database.ts';

const signal = AbortSignal.timeout(60_000);
const events: DatabaseEvent[] = [];
const opened: Database[] = [];
let empty: EmptyDatabase;
beforeEach(async () => {
  empty = await newEmptyDatabase('postgres');
});
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  await empty.drop();
  events.length = 0;
});

async function open(terms: { readonly refuses: boolean; readonly url?: string }): Promise<Database> {
  if (empty.options.kind !== 'postgres') throw new TypeError('not a PostgreSQL');
  const options = { ...empty.options, maxConnections: 1, url: terms.url ?? empty.options.url };
  const log = (event: DatabaseEvent) => void events.push(event);
  const database = await openDatabase(options, { signal, log, refusesOtherSchemas: terms.refuses });
  opened.push(database);
  return database;
}

const ask = (database: Database) => sql`SELECT 1 AS one`.execute(database.sql);

it('lets no statement through to a database without a schema, and tells why once, however many ask', async () => {
  const database = await open({ refuses: true });
  const asked = await Promise.allSettled([ask(database), ask(database)]);
  asked.push(...(await Promise.allSettled([ask(database)])));
  for (const one of asked)
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'other_schema' } });
  expect(events).toEqual([
    { kind: 'schema_refused', message: expect.stringContaining('run `ropeway migrate`') },
  ]);
});

it('opens by itself once the schema fits', async () => {
  const database = await open({ refuses: true });
  await expect(ask(database)).rejects.toThrow('holds no schema yet');
  await migrate(await open({ refuses: false }), { signal });
  expect((await ask(database)).rows).toEqual([{ one: 1 }]);
  await ask(database);
  expect(events.slice(1)).toEqual([{ kind: 'schema_fits', version: SCHEMA_VERSION }]);
});

it('tells nothing of a database that fits, also after it was away', async () => {
  if (empty.options.kind !== 'postgres') throw new TypeError('not a PostgreSQL');
  await migrate(await open({ refuses: false }), { signal });
  const network = await startFaultyProxy(empty.options.url);
  await network.set('refuse');
  const database = await open({ refuses: true, url: network.url });
  await expect(ask(database)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await network.set('pass');
  // Many at once, of which none has the only connection while the schema is looked at.
  const all = await Promise.all([ask(database), ask(database), ask(database)]);
  expect(all).toHaveLength(3);
  expect(events).toEqual([]);
  await network.stop();
});
