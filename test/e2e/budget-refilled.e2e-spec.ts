// The database was away, and Redis lost its counters meanwhile: what the ledger says of a budget is believed only once the
// rows that waited have reached it, and not before.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { testRedisUrl } from '../servers/shared-servers.ts';
import { ask, CHAT, chat } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { ONE_POOL } from './harness/fleet-under-test.ts';
import { startTenantsUnderTest, type TenantsUnderTest } from './harness/tenants-under-test.ts';
import { budgetUsed, recordsOf } from './harness/two-books.ts';

const TENANT = 'refilled';
const BUDGET = 1_000_000;
const OUTPUT = 20;
/** Between two answers: as many as there are rows that wait must not make up for them. */
const PAUSE_MS = 700;

let tenants: TenantsUnderTest;
beforeAll(async () => {
  tenants = await startTenantsUnderTest({ redis: true, pools: ONE_POOL });
});
afterAll(() => tenants.close());

it('a budget whose counter was lost while the database was away is what all its rows say', async () => {
  const budgets = [{ period: 'month', unit: 'tokens', limit: BUDGET } as const];
  const key = await tenants.newTenant(TENANT, { limits: { budgets } });
  let answers = 0;
  const answer = async () => {
    const { status } = await ask(tenants, CHAT, chat('Hi', { max_tokens: OUTPUT }), { key });
    expect(status).toBe(200);
    answers++;
  };
  await answer();
  const one = await budgetUsed(tenants, key, BUDGET);
  await eventually('it is in the ledger', async () => (await recorded()) === one, 20_000);
  await tenants.network.set('refuse');
  for (let turn = 0; turn < 10; turn++) await answer();
  await eventually('the ledger finds the database away', () =>
    tenants.log.some((line) => line.includes('usage waits in the outbox')),
  );
  const client = new Redis(await testRedisUrl());
  await client.del(...(await tenants.redisKeys()));
  client.disconnect();
  await tenants.network.set('pass');

  // Until it can be known it is counted from nothing, for some seconds at a time; of the last of them one answer may be lost.
  const isWhole = async () => {
    await answer();
    await pause(PAUSE_MS);
    return (await budgetUsed(tenants, key, BUDGET)) >= (answers - 1) * one;
  };
  await eventually('the budget has what all rows say', isWhole, 60_000);
  await eventually('every row is in the ledger', async () => (await recorded()) === answers * one, 20_000);
  expect(await budgetUsed(tenants, key, BUDGET)).toBeLessThanOrEqual(answers * one);
}, 120_000);

async function recorded(): Promise<number> {
  const records = await recordsOf(tenants, TENANT);
  return records.reduce(
    (sum, { promptTokens, completionTokens }) => sum + promptTokens + completionTokens,
    0,
  );
}
