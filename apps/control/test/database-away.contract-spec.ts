// What the admin API says while PostgreSQL is away, and after it is back.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Database, migrate, openDatabase } from '#database';
import { eventually } from '../../../test/e2e/harness/eventually.ts';
import { startPostgres, type TestPostgres } from '../../../test/servers/start-postgres.ts';
import { type ControlUnderTest, controlOver, unique } from './control-under-test.ts';

let server: TestPostgres;
let database: Database;
let control: ControlUnderTest;
beforeAll(async () => {
  server = await startPostgres();
  const signal = AbortSignal.timeout(30_000);
  const options = { maxConnections: 4, connectTimeoutMs: 1_000, statementTimeoutMs: 5_000 };
  database = await openDatabase({ kind: 'postgres', url: server.url, ...options }, { signal });
  control = await controlOver(database);
});
afterAll(async () => {
  await control?.close();
  await database?.close();
  await server?.stop();
});

it('is not ready before the tables are made, and says which command makes them', async () => {
  expect(await control.ask('/readyz', { key: null })).toMatchObject({
    status: 503,
    body: { status: 'wrong schema' },
  });
  const { body } = await control.ask('/admin/status');
  expect(body).toMatchObject({
    database: { ok: true },
    schema: 0,
    schemaProblem: expect.stringContaining('ropeway migrate'),
  });
  await migrate(database, { signal: AbortSignal.timeout(30_000) });
  expect((await control.ask('/readyz', { key: null })).status).toBe(200);
});

it('says 503 with a time to come back, lives, and works again by itself', async () => {
  const id = unique('acme');
  await server.kill9();
  // Sessions outlive the server's first process by some milliseconds.
  await eventually('the sessions have ended', async () => {
    const { status } = await control.ask('/readyz', { key: null });
    return status === 503;
  });
  const answers = [
    await control.ask('/admin/tenants'),
    await control.ask('/admin/tenants', { body: { id }, headers: { 'idempotency-key': unique('key') } }),
    await control.ask('/admin/usage?format=csv'),
  ];
  for (const { status, headers, body } of answers) {
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(body.type).toBe('urn:ropeway:problem:unavailable');
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(headers.has('content-disposition')).toBe(false);
  }
  expect((await control.ask('/livez', { key: null })).status).toBe(200);
  expect(await control.ask('/readyz', { key: null })).toMatchObject({
    status: 503,
    body: { status: 'no database' },
  });
  expect((await control.ask('/admin/status')).body).toMatchObject({
    schema: null,
    database: { ok: false, latencyMs: null },
  });
  await server.restart();
  expect((await control.ask('/admin/tenants', { body: { id } })).status).toBe(201);
  expect((await control.ask('/readyz', { key: null })).status).toBe(200);
});

it('shows no more of a failure than that there was one', async () => {
  await database.sql.schema.alterTable('tenant').renameTo('tenant_hidden').execute();
  const { status, text, headers } = await control.ask('/admin/tenants');
  await database.sql.schema.alterTable('tenant_hidden').renameTo('tenant').execute();
  expect([status, JSON.parse(text).type]).toEqual([500, 'urn:ropeway:problem:internal_error']);
  expect(text).not.toMatch(/tenant_hidden|relation|select|at /i);
  expect(control.logged()).toContain(headers.get('x-request-id'));
});
