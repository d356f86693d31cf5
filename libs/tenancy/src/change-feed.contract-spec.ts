// The feed of changes over both databases, with the tables written as an administrator's process writes them.
import { afterEach, expect, it } from '@jest/globals';
import { onBothDatabases } from '../../database/testing/both-databases.ts';
import { KeyDesk } from '../testing/key-desk.ts';
import { until } from '../testing/until.ts';
import { type Change, ChangeFeed } from './change-feed.ts';

/** No look by itself: what is seen was pushed, or asked for by `poke`. */
const NEVER_MS = 600_000;

onBothDatabases('ChangeFeed', (database) => {
  const opened: ChangeFeed[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((feed) => feed.close()));
  });

  async function start({
    pollMs = NEVER_MS,
    fail = () => false,
  }: {
    pollMs?: number;
    fail?: () => boolean;
  } = {}) {
    const seen: Change[][] = [];
    const counts = { all: 0, confirmed: 0, failed: 0 };
    const feed = new ChangeFeed({
      database: database(),
      pollMs,
      nowMs: () => performance.now(),
      apply: async (changes) => {
        seen.push([...changes]);
        if (fail()) throw new Error('not now');
      },
      readAll: async () => {
        counts.all++;
      },
      confirmed: () => {
        counts.confirmed++;
      },
      failed: () => {
        counts.failed++;
      },
      pushLost: () => {},
    });
    opened.push(feed);
    expect(await feed.start()).toBe(true);
    const idsOf = (kind: Change['kind']) =>
      seen.flat().flatMap((change) => (change.kind === kind ? [change.id] : []));
    return { feed, seen, counts, idsOf };
  }

  it('begins by reading all, and then tells each change once, in the order of commits', async () => {
    const desk = new KeyDesk(database());
    const { counts, idsOf } = await start();
    expect(counts).toEqual({ all: 1, confirmed: 1, failed: 0 });
    const tenants: string[] = [];
    for (let made = 0; made < 5; made++) tenants.push(await desk.newTenant({ id: `order-${made}` }));
    await until(() => idsOf('tenant').length >= 5);
    expect(idsOf('tenant')).toEqual(tenants);
    expect(counts.all).toBe(1);
  });

  it('tells more changes than one look takes, each once', async () => {
    const { feed, idsOf } = await start();
    const ids = Array.from({ length: 2_500 }, (_, at) => `many-${at}`);
    await database()
      .sql.insertInto('change')
      .values(ids.map((id) => ({ kind: 'tenant' as const, id })))
      .execute();
    feed.poke();
    await until(() => idsOf('tenant').length >= ids.length);
    expect(idsOf('tenant')).toEqual(ids);
  });

  it('tells again what could not be taken in, and confirms nothing until it was', async () => {
    const desk = new KeyDesk(database());
    let failures = 3;
    const { counts, idsOf } = await start({ pollMs: 20, fail: () => failures-- > 0 });
    const confirmedBefore = counts.confirmed;
    const tenant = await desk.newTenant({ id: 'again' });
    await until(() => counts.failed === 3);
    await until(() => counts.confirmed > confirmedBefore);
    await until(() => idsOf('tenant').length === 4);
    expect(idsOf('tenant')).toEqual([tenant, tenant, tenant, tenant]);
  });

  it('looks once more for a push that comes while it looks', async () => {
    const { feed, counts } = await start();
    const before = counts.confirmed;
    for (let turn = 0; turn < 100; turn++) feed.poke();
    await until(() => counts.confirmed >= before + 2);
    expect(counts.confirmed).toBeLessThan(before + 10);
  });

  it('stops when it is closed', async () => {
    const { feed, counts } = await start({ pollMs: 1 });
    await until(() => counts.confirmed > 3);
    await feed.close();
    const { confirmed } = counts;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(counts.confirmed).toBe(confirmed);
  });
});
