import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Kysely, sql } from 'kysely';
import { freePort } from '../../../test/servers/free-port.ts';
import { startFaultyProxy } from '../../../test/servers/start-faulty-proxy.ts';
import { type EmptyDatabase, newEmptyDatabase } from '../testing/both-databases.ts';
import { keyRow, tenantRow } from '../testing/rows.ts';
import type { Database, DatabaseEvent, DatabaseOptions } from './database.ts';
import { lockChanges } from './lock-changes.ts';
import { migrate } from './migrate.ts';
import { openDatabase } from './open-database.ts';
import { PostgresListener } from './postgres-listener.ts';
import type { Schema } from './schema.ts';

const signal = AbortSignal.timeout(60_000);

describe('PostgreSQL', () => {
  let empty: EmptyDatabase;
  let database: Database;
  const events: DatabaseEvent[] = [];
  beforeEach(async () => {
    empty = await newEmptyDatabase('postgres');
    database = await openDatabase(empty.options, { signal, log: (event) => events.push(event) });
  });
  afterEach(async () => {
    await database.close();
    await empty.drop();
    events.length = 0;
  });

  it('listens again after its connection broke, and says that it was lost', async () => {
    const heard: string[] = [];
    const broke = Promise.withResolvers<Error>();
    const stop = await database.listen('news', (payload) => heard.push(payload), broke.resolve);
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'ropeway-listen' AND datname = current_database()`.execute(database.sql);
    expect((await broke.promise).message).toContain('terminating connection');
    while (heard.length === 0) await sql`SELECT pg_notify('news', 'again')`.execute(database.sql);
    expect(heard[0]).toBe('again');
    expect(events).toContainEqual(expect.objectContaining({ kind: 'listener_lost', channel: 'news' }));
    await stop();
  });

  it('ends a connection that listens when the database is closed', async () => {
    const watcher = await openDatabase(empty.options, { signal });
    await database.listen(
      'news',
      () => {},
      () => {},
    );
    expect(await listeners(watcher)).toBe(1);
    await database.close();
    while ((await listeners(watcher)) > 0);
    await watcher.close();
    database = await openDatabase(empty.options, { signal });
  });

  it('shows epochs in the order of their commits, however many write at once', async () => {
    await migrate(database, { signal });
    const reader = await openDatabase(empty.options, { signal });
    const seen: number[] = [];
    let writing = true;
    const writers = Promise.all([0, 1, 2, 3].map((writer) => writeTenants(database, writer))).then(() => {
      writing = false;
    });
    // A gateway that polls: what it has not seen yet must be newer than all it has.
    while (writing) {
      const rows = await reader.sql.selectFrom('change').select('epoch').orderBy('epoch').execute();
      const fresh = rows.map(({ epoch }) => epoch).filter((epoch) => !seen.includes(epoch));
      expect(Math.min(...fresh)).toBeGreaterThan(Math.max(0, ...seen));
      seen.push(...fresh);
    }
    await writers;
    await reader.close();
    expect(seen.length).toBeGreaterThan(0);
  });

  it('lets a lone statement wait for a writer before it takes a row that one wants', async () => {
    await migrate(database, { signal });
    await database.sql.insertInto('tenant').values(tenantRow('acme')).execute();
    const renamed = (db: Kysely<Schema>, name: string) =>
      db.updateTable('tenant').set({ display_name: name }).where('id', '=', 'acme').execute();
    let lone: Promise<unknown> = Promise.resolve();
    await database.sql.transaction().execute(async (trx) => {
      await lockChanges(trx);
      lone = renamed(database.sql, 'by the lone statement');
      while ((await waitingForLocks(database)) === 0);
      await renamed(trx, 'by the writer');
    });
    await lone;
    const { display_name } = await database.sql
      .selectFrom('tenant')
      .select('display_name')
      .executeTakeFirstOrThrow();
    expect(display_name).toBe('by the lone statement');
  });

  it('notes the use of a key without waiting for a writer', async () => {
    await migrate(database, { signal });
    await database.sql.insertInto('tenant').values(tenantRow('acme')).execute();
    await database.sql.insertInto('api_key').values(keyRow('a', 'acme')).execute();
    await database.sql.transaction().execute(async (trx) => {
      await lockChanges(trx);
      await database.sql.updateTable('api_key').set({ last_used_at: new Date() }).execute();
    });
  });

  it('throws a connection away that did not answer, and goes on with another', async () => {
    if (empty.options.kind !== 'postgres') throw new Error('not PostgreSQL');
    const proxy = await startFaultyProxy(empty.options.url);
    const options = { ...empty.options, url: proxy.url, maxConnections: 1, statementTimeoutMs: 500 };
    const behind = await openDatabase(options, { signal });
    await sql`SELECT 1`.execute(behind.sql);
    await proxy.set('blackhole');
    await expect(sql`SELECT 1`.execute(behind.sql)).rejects.toThrow('Query read timeout');
    await proxy.set('pass');
    expect((await sql`SELECT 1 AS one`.execute(behind.sql)).rows).toEqual([{ one: 1 }]);
    await behind.close();
    await proxy.stop();
  });

  it('takes a server that says nothing for one that is gone, and listens again when it is back', async () => {
    if (empty.options.kind !== 'postgres') throw new Error('not PostgreSQL');
    const proxy = await startFaultyProxy(empty.options.url);
    const lost = Promise.withResolvers<Error>();
    const heard = Promise.withResolvers<string>();
    const listener = new PostgresListener({
      url: proxy.url,
      connectTimeoutMs: 200,
      channel: 'news',
      heard: heard.resolve,
      lost: lost.resolve,
      log: () => {},
      signOfLifeMs: 20,
      answerMs: 200,
    });
    await listener.start();
    await proxy.set('blackhole');
    expect((await lost.promise).message).toContain('timeout');
    await proxy.set('pass');
    const telling = setInterval(() => void sql`SELECT pg_notify('news', 'again')`.execute(database.sql), 20);
    expect(await heard.promise).toBe('again');
    clearInterval(telling);
    await listener.stop();
    await proxy.stop();
  });

  it('ends a statement that takes too long', async () => {
    const options = { ...empty.options, statementTimeoutMs: 50 } as DatabaseOptions;
    const hurried = await openDatabase(options, { signal });
    await expect(sql`SELECT pg_sleep(30)`.execute(hurried.sql)).rejects.toMatchObject({ code: '57014' });
    await hurried.close();
  });
});

describe('PostgreSQL that is away', () => {
  it('is opened all the same; statements fail, listening tells that it is lost, closing works', async () => {
    const url = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
    const options = {
      kind: 'postgres',
      url,
      maxConnections: 2,
      connectTimeoutMs: 500,
      statementTimeoutMs: 500,
    } as const;
    const database = await openDatabase(options, { signal });
    await expect(sql`SELECT 1`.execute(database.sql)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const lost: Error[] = [];
    await database.listen(
      'news',
      () => {},
      (error) => lost.push(error),
    );
    expect(lost).toHaveLength(1);
    await database.close();
  });

  it('tells once that it is lost, however often listening is tried', async () => {
    const third = Promise.withResolvers<void>();
    let tries = 0;
    const server = createServer((socket) => {
      socket.destroy();
      if (++tries === 3) third.resolve();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const told: string[] = [];
    const listener = new PostgresListener({
      url: `postgres://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/none`,
      connectTimeoutMs: 5_000,
      channel: 'news',
      heard: () => {},
      lost: () => told.push('lost'),
      log: ({ kind }) => told.push(kind),
    });
    await listener.start();
    await third.promise;
    await listener.stop();
    expect(told).toEqual(['listener_lost', 'lost']);
    server.close();
  });
});

async function writeTenants(database: Database, writer: number): Promise<void> {
  for (let tenant = 0; tenant < 25; tenant++)
    await database.sql
      .insertInto('tenant')
      .values(tenantRow(`t-${writer}-${tenant}`))
      .execute();
}

async function listeners(database: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'ropeway-listen' AND datname = current_database()`.execute(database.sql);
  return rows[0]?.count ?? 0;
}

/** Statements of this database that wait for a lock somebody else holds. */
async function waitingForLocks(database: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(database.sql);
  return rows[0]?.count ?? 0;
}
