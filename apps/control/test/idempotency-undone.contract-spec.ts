// An idempotency key after a write that failed and surely did nothing.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Database, lockChanges, migrate, openDatabase } from '#database';
import { type EmptyDatabase, newEmptyDatabase } from '../../../libs/database/testing/both-databases.ts';
import { type ControlUnderTest, controlOver, unique } from './control-under-test.ts';

let empty: EmptyDatabase;
let database: Database;
let control: ControlUnderTest;
beforeAll(async () => {
  empty = await newEmptyDatabase('postgres');
  if (empty.options.kind !== 'postgres') throw new TypeError('not a PostgreSQL');
  const signal = AbortSignal.timeout(60_000);
  const patient = await openDatabase(empty.options, { signal });
  await migrate(patient, { signal });
  await patient.close();
  database = await openDatabase({ ...empty.options, statementTimeoutMs: 500 }, { signal });
  control = await controlOver(database);
});
afterAll(async () => {
  await control?.close();
  await database?.close();
  await empty?.drop();
});

it('is free again when the write waited for others for too long: it was taken back', async () => {
  const id = unique('acme');
  const create = () =>
    control.ask('/admin/tenants', { body: { id }, headers: { 'idempotency-key': `create-${id}` } });
  const late = await database.sql.transaction().execute(async (trx) => {
    await lockChanges(trx);
    return create();
  });
  expect(late.status).toBe(503);
  expect((await create()).status).toBe(201);
  const again = await create();
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
});
