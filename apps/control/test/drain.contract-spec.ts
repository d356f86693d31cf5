// A drain: not ready at once, what runs is answered, then the port is closed.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type Database, migrate, openDatabase } from '#database';
import { newTestDatabase, type TestDatabase } from '../../../test/servers/shared-servers.ts';
import { controlOver, unique } from './control-under-test.ts';

let postgres: TestDatabase;
let database: Database;
beforeAll(async () => {
  postgres = await newTestDatabase();
  const signal = AbortSignal.timeout(30_000);
  const options = { maxConnections: 4, connectTimeoutMs: 5_000, statementTimeoutMs: 20_000 };
  database = await openDatabase({ kind: 'postgres', url: postgres.url, ...options }, { signal });
  await migrate(database, { signal });
});
afterAll(async () => {
  await database?.close();
  await postgres?.drop();
});

/** Holds every change of tenants up until it is let go. */
async function holdTenants(): Promise<() => Promise<void>> {
  const [held, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const transaction = database.sql.transaction().execute(async (trx) => {
    await sql`LOCK TABLE tenant IN ACCESS EXCLUSIVE MODE`.execute(trx);
    held.resolve();
    await free.promise;
  });
  await held.promise;
  return async () => {
    free.resolve();
    await transaction;
  };
}

it('answers what runs, and takes nothing after it', async () => {
  const api = await controlOver(database);
  const letGo = await holdTenants();
  const running = api.ask('/admin/tenants', { body: { id: unique('acme') } });
  await api.isRunning();
  const drained = api.drain(20_000);
  expect(await api.ask('/readyz', { key: null })).toMatchObject({
    status: 503,
    body: { status: 'draining' },
  });
  await letGo();
  expect((await running).status).toBe(201);
  expect(await drained).toBe(true);
  await expect(api.ask('/livez', { key: null })).rejects.toThrow();
});

it('cuts off what does not end within the limit, and says so', async () => {
  const api = await controlOver(database);
  const letGo = await holdTenants();
  const running = expect(api.ask('/admin/tenants', { body: { id: unique('acme') } })).rejects.toThrow();
  await api.isRunning();
  expect(await api.drain(10)).toBe(false);
  await running;
  await letGo();
});
