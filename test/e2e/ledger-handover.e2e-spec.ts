// A gateway that ends for good while the database is away leaves its rows to the next one, through Redis.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { testRedisUrl, uniquePrefix } from '../servers/shared-servers.ts';
import { ask, CHAT, chat } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { type StateUnderTest, startStateUnderTest } from './harness/state-under-test.ts';

const COUNT = 5;
const folder = mkdtempSync(join(tmpdir(), 'ropeway-handover-'));
const keyPrefix = `${uniquePrefix()}:`;
let state: StateUnderTest;
beforeAll(async () => {
  state = await startStateUnderTest();
});
afterAll(async () => {
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

async function aGateway(outbox: string): Promise<FleetUnderTest> {
  return startFleetUnderTest({
    pools: ONE_POOL,
    keys: {},
    settings: {
      database: { url: state.network.url, connectTimeoutMs: 1_000 },
      redis: { urls: [await testRedisUrl()], keyPrefix, commandTimeoutMs: 500 },
      ledger: { outbox: join(folder, outbox), handover: true },
    },
  });
}

const rows = async (): Promise<number> => {
  const page = await state.usage.records({ tenant: 'left' }, { limit: 100, cursor: null });
  return page === 'invalid-cursor' ? -1 : page.items.length;
};

it('delivers what another gateway could not, each row once', async () => {
  const key = await state.newTenant('left');
  const first = await aGateway('first');
  expect((await ask(first, CHAT, chat(), { key })).status).toBe(200);
  await eventually('the first row', async () => (await rows()) === 1);
  await state.network.set('refuse');
  for (let turn = 0; turn < COUNT; turn++) expect((await ask(first, CHAT, chat(), { key })).status).toBe(200);
  await first.close();
  // Its disk went with it.
  rmSync(join(folder, 'first'), { recursive: true });
  expect(await rows()).toBe(1);
  await state.network.set('pass');
  const second = await aGateway('second');
  try {
    await eventually('every row', async () => (await rows()) === 1 + COUNT);
  } finally {
    await second.close();
  }
});
