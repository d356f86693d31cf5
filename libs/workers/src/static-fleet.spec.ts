import { afterEach, describe, expect, it } from '@jest/globals';
import { type Clock, systemClock } from './clock.ts';
import { aFleet, aPool, aWorker, closeAll, never, terms, withFreePort } from './fleet-under-test.ts';

afterEach(closeAll);

describe('StaticFleet: declarations', () => {
  it('keeps state, counters and view of a worker that stays', async () => {
    const worker = await aWorker();
    const other = await aWorker();
    const { fleet, first, lease } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    const view = first();
    lease();
    fleet.declare([aPool([worker, other], { kvTokensPerWorker: 60_000 })]);
    expect(first()).toBe(view);
    expect(view).toMatchObject({ state: 'ready', load: { requests: 1, kvTokens: 160_000 } });
    expect(fleet.snapshot().pools[0]?.workers).toHaveLength(2);
  });

  it('lets a worker that is no longer declared finish what it has, and forgets it then', async () => {
    const worker = await aWorker();
    const { fleet, first, lease, happened } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    const one = lease();
    fleet.declare([aPool([])]);
    expect(first().state).toBe('draining');
    expect(fleet.lease(worker.url, terms)).toBeNull();
    expect(one.lost.aborted).toBe(false);
    one.release('finished');
    await happened((event) => event.kind === 'worker-gone');
    expect(fleet.snapshot().pools[0]?.workers).toEqual([]);
  });

  it('verifies a worker anew when its pool declares another window', async () => {
    const worker = await aWorker();
    const { fleet, first, became } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    fleet.declare([aPool([worker], { windowTokens: 65_536 })]);
    expect(first().state).toBe('starting');
    await became('quarantined');
    expect(fleet.lease(worker.url, terms)).toBeNull();
  });

  it('takes a worker back that was leaving', async () => {
    const worker = await aWorker();
    const { fleet, lease, became, events } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    lease();
    fleet.terminating(worker.url);
    const since = events.length;
    fleet.declare([aPool([worker])]);
    await became('ready', since);
  });

  it('ends the requests of a worker whose pod is gone', async () => {
    const worker = await aWorker();
    const { fleet, lease, happened } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    const one = lease();
    fleet.gone(worker.url);
    expect(one.lost.aborted).toBe(true);
    one.release('failed');
    await happened((event) => event.kind === 'worker-gone');
  });

  it('takes the same address with another pod for another worker, and ends what ran on the old one', async () => {
    const worker = await aWorker();
    const { fleet, first, lease, became, events } = aFleet([
      aPool([], { workers: [{ url: worker.url, uid: 'old' }] }),
    ]);
    await fleet.firstLook(never);
    const view = first();
    const running = lease();
    const since = events.length;
    fleet.declare([aPool([], { workers: [{ url: worker.url, uid: 'new' }] })]);
    expect(running.lost.aborted).toBe(true);
    expect(first()).not.toBe(view);
    expect(first()).toMatchObject({ state: 'starting', load: { requests: 0 } });
    await became('ready', since);
    running.release('failed');
    expect(fleet.snapshot().pools[0]?.workers).toEqual([first()]);
    expect(first().state).toBe('ready');
  });

  it('keeps a worker it was told not to use in quarantine whatever it answers, until it is declared sound', async () => {
    const worker = await aWorker();
    const barred = { url: worker.url, defect: { cause: 'labels' as const, reason: 'its labels are wrong' } };
    const { fleet, first, happened, became, events } = aFleet([aPool([], { workers: [barred] })]);
    await fleet.firstLook(never);
    await happened((event) => event.kind === 'scraped');
    expect(first()).toMatchObject({ state: 'quarantined', reason: 'its labels are wrong' });
    expect(fleet.lease(worker.url, terms)).toBeNull();
    const since = events.length;
    fleet.declare([aPool([worker])]);
    await became('ready', since);
  });

  it('refuses a bad declaration whole and keeps the old one', async () => {
    const worker = await aWorker();
    const { fleet } = aFleet([aPool([worker])]);
    const before = fleet.snapshot();
    const twice = [aPool([worker]), aPool([worker], { name: 'yarn-4' })];
    expect(() => fleet.declare(twice)).toThrow('declared in pool default and in pool yarn-4');
    for (const url of ['10.0.0.7:8000', 'ftp://10.0.0.7', 'http://10.0.0.7/v1', 'http://[::1']) {
      expect(() => fleet.declare([aPool([{ url }])])).toThrow(url);
    }
    expect(fleet.snapshot()).toBe(before);
  });
});

describe('StaticFleet: waiting and ending', () => {
  it('wakes a waiting request at a release, at a first token and when a worker comes up', async () => {
    const { port } = await withFreePort();
    const { fleet, lease } = aFleet([aPool([{ url: `http://127.0.0.1:${port}` }])], {
      options: { tickMs: 3_600_000 },
    });
    const up = fleet.waitForRoom(['default'], never, {});
    await aWorker(null, port);
    await expect(up).resolves.toBe(true);
    const one = lease();
    const atFirstToken = fleet.waitForRoom(['default'], never, {});
    one.firstToken();
    await expect(atFirstToken).resolves.toBe(true);
    const atRelease = fleet.waitForRoom(['default'], never, {});
    one.release('finished');
    await expect(atRelease).resolves.toBe(true);
  });

  it('scrapes a large fleet no faster than it may', async () => {
    const workers = await Promise.all(Array.from({ length: 6 }, () => aWorker()));
    const options = { scrapeIntervalMs: 1, scrapesPerSecond: 100 };
    const startMs = performance.now();
    const { fleet, events } = aFleet([aPool(workers)], { options });
    await fleet.firstLook(never);
    const pages = () => events.filter((event) => event.kind === 'scraped').length;
    while (pages() < 40) await new Promise((resolve) => setTimeout(resolve, 1));
    const seconds = (performance.now() - startMs) / 1_000;
    // Each worker's first page comes with its first look, and its turns may begin at once.
    expect(pages()).toBeLessThanOrEqual(100 * seconds + 2 * workers.length);
  });

  it('leaves no timer, no connection and no lease behind when it is closed', async () => {
    let timers = 0;
    const counting: Clock = {
      nowMs: systemClock.nowMs,
      after(delayMs, run) {
        timers += 1;
        let isSet = true;
        const clear = () => {
          if (isSet) timers -= 1;
          isSet = false;
        };
        const cancel = systemClock.after(delayMs, () => {
          clear();
          run();
        });
        return () => {
          clear();
          cancel();
        };
      },
    };
    const worker = await aWorker();
    const hanging = await aWorker();
    hanging.hanging.add('/health');
    const { fleet } = aFleet([aPool([worker, hanging])], { clock: counting });
    await fleet.firstLook(AbortSignal.timeout(50));
    const waiting = fleet.waitForRoom(['default'], never, {});
    await fleet.close();
    expect(timers).toBe(0);
    await expect(waiting).resolves.toBe(true);
    await expect(fleet.waitForRoom(['default'], never, {})).resolves.toBe(false);
    expect(fleet.lease(worker.url, terms)).toBeNull();
    // Without a timer nothing more is asked; without a connection nothing is under way.
    for (const one of [worker, hanging]) await one.disconnected();
  });
});
