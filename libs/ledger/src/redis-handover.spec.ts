import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { testRedisUrl, uniquePrefix } from '../../../test/servers/shared-servers.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { anIntent, aRow, MemorySink, newFolder } from './ledger-under-test.ts';
import { OutboxLedger } from './outbox-ledger.ts';
import { RedisHandover } from './redis-handover.ts';

let redis: Redis;
let folder: ReturnType<typeof newFolder>;
let key: string;
let sink: MemorySink;
const events: LedgerEvent[] = [];

beforeAll(async () => {
  redis = new Redis(await testRedisUrl());
});
afterAll(() => redis.quit());
beforeEach(() => {
  folder = newFolder();
  key = `${uniquePrefix()}:ledger`;
  sink = new MemorySink();
  events.length = 0;
});
afterEach(async () => {
  folder.remove();
  await redis.del(key);
});

function start(name: string, client: Redis = redis): Promise<OutboxLedger> {
  const handover = new RedisHandover(client, key);
  const times = { gatherMs: 1, maxPauseMs: 5 };
  const options = { folder: join(folder.path, name), maxRows: 10_000, batchRows: 10, ...times };
  return OutboxLedger.start(options, { sink, handover, onEvent: (event) => void events.push(event) });
}

async function answer(ledger: OutboxLedger, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const entry = await ledger.open(anIntent(number));
    if (entry === 'full') throw new Error('full');
    entry.close(aRow(anIntent(number)));
  }
}

it('takes the rows of a gateway that ends while the database is away to one that goes on', async () => {
  sink.isAway = true;
  const ending = await start('ending');
  await answer(ending, 25);
  expect(await ending.drain(AbortSignal.timeout(20_000))).toBe(true);
  await ending.close();
  expect(sink.rows).toEqual([]);
  expect(await redis.xlen(key)).toBeGreaterThan(0);

  const other = await start('other');
  await other.takeHandedOver();
  expect(await redis.xlen(key)).toBe(0);
  sink.isAway = false;
  expect(await other.drain(AbortSignal.timeout(20_000))).toBe(true);
  await other.close();
  expect(new Set(sink.ids()).size).toBe(25);
});

it('leaves nothing there while the database answers', async () => {
  const ending = await start('ending');
  await answer(ending, 25);
  expect(await ending.drain(AbortSignal.timeout(20_000))).toBe(true);
  await ending.close();
  expect(sink.rows).toHaveLength(25);
  expect(await redis.xlen(key)).toBe(0);
});

it('keeps rows on disk when Redis is away, too', async () => {
  sink.isAway = true;
  const nobody = new Redis({ port: 1, host: '127.0.0.1', maxRetriesPerRequest: 0, lazyConnect: true });
  nobody.on('error', () => {});
  const ending = await start('ending', nobody);
  await answer(ending, 5);
  expect(await ending.drain(AbortSignal.timeout(300))).toBe(false);
  expect(ending.stats().waiting).toBe(5);
  await ending.close();
  nobody.disconnect();
});
