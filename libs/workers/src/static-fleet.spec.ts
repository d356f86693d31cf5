import { afterEach, describe, expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { type Clock, systemClock } from './clock.ts';
import type { Lease, LeaseTerms, PoolDeclaration, WorkerView } from './fleet.ts';
import type { FleetEvent } from './fleet-event.ts';
import type { FleetOptions } from './fleet-options.ts';
import { StandInWorker } from './stand-in-worker.ts';
import { StaticFleet, type StaticFleetInput } from './static-fleet.ts';

/** As in production, but quick. */
const quick: Partial<FleetOptions> = {
  healthIntervalMs: 20,
  probeTimeoutMs: 200,
  confirmAfterMs: 10,
  quarantineIntervalMs: 30,
  verifyIntervalMs: 40,
  scrapeIntervalMs: 20,
  scrapesPerSecond: 1_000,
  tickMs: 10,
  silentMs: 50,
};
const terms: LeaseTerms = { promptTokens: 100, uncachedTokens: 100, demandTokens: 300, chain: null };
const never = new AbortController().signal;
const probes = [{ name: 'hello', body: '{"prompt":"hello"}', expectedTokens: 11 }];

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function aWorker(...how: Parameters<typeof StandInWorker.start>): Promise<StandInWorker> {
  const worker = await StandInWorker.start(...how);
  toClose.push(() => worker.end());
  return worker;
}

function aPool(
  workers: readonly { readonly url: string }[],
  changed: Partial<PoolDeclaration> = {},
): PoolDeclaration {
  return {
    name: 'default',
    model: 'qwq-32b',
    servedName: 'QwQ-32B',
    rope: { type: 'default', factor: 1 },
    windowTokens: 40_960,
    kvTokensPerWorker: 50_000,
    workers: workers.map(({ url }) => ({ url })),
    apiKey: null,
    ca: null,
    ...changed,
  };
}

/** A fleet, its events, and a way to wait for one that came or is to come. */
function aFleet(pools: readonly PoolDeclaration[], input: Partial<StaticFleetInput> = {}) {
  const events: FleetEvent[] = [];
  const waiting = new Set<() => void>();
  const fleet = new StaticFleet({
    pools,
    tokenizerProbes: probes,
    ...input,
    options: { ...quick, ...input.options },
    log: (event) => {
      events.push(event);
      for (const look of waiting) look();
    },
  });
  toClose.push(() => fleet.close());
  const happened = (matches: (event: FleetEvent) => boolean, since = 0) =>
    new Promise<FleetEvent>((resolve) => {
      const look = () => {
        const event = events.slice(since).find(matches);
        if (event === undefined) return;
        waiting.delete(look);
        resolve(event);
      };
      waiting.add(look);
      look();
    });
  const became = (state: string, since = 0) =>
    happened((event) => event.kind === 'worker-state' && event.to === state, since);
  const first = (): WorkerView => {
    const worker = fleet.snapshot().pools[0]?.workers[0];
    if (worker === undefined) throw new Error('the fleet has no worker');
    return worker;
  };
  const lease = (): Lease => {
    const taken = fleet.lease(first().id, terms);
    if (taken === null) throw new Error('no lease');
    return taken;
  };
  return { fleet, events, happened, became, first, lease };
}

function lost(lease: Lease): Promise<unknown> {
  return new Promise((resolve) => {
    if (lease.lost.aborted) resolve(lease.lost.reason);
    lease.lost.addEventListener('abort', () => resolve(lease.lost.reason), { once: true });
  });
}

describe('StaticFleet: who may work', () => {
  it('has a worker that serves and counts as declared ready after the first look, with its whole share', async () => {
    const { fleet, first } = aFleet([aPool([await aWorker()])]);
    expect(first()).toMatchObject({ state: 'starting', load: { kvTokens: 50_000 } });
    await fleet.firstLook(never);
    expect(first()).toMatchObject({ state: 'ready', reason: '', share: 1, breaker: 'closed' });
    expect(first().load.kvTokens).toBe(160_000);
    expect(fleet.snapshot().pools[0]).toMatchObject({ name: 'default', windowTokens: 40_960 });
  });

  it('quarantines a worker with another window, says what to change, and takes it when it was changed', async () => {
    const worker = await aWorker();
    worker.windowTokens = 131_072;
    const { fleet, first, became } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    expect(first().state).toBe('quarantined');
    expect(first().reason).toContain('--max-model-len 40960');
    expect(fleet.lease(worker.url, terms)).toBeNull();
    worker.windowTokens = 40_960;
    await became('ready');
    expect(fleet.lease(worker.url, terms)).not.toBeNull();
  });

  it('finds out when a ready worker serves something else', async () => {
    const worker = await aWorker();
    const { fleet, first, became } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    worker.servedName = 'Qwen3-32B';
    await became('quarantined');
    expect(first().reason).toContain('Qwen3-32B');
  });

  it('quarantines a worker that counts differently, with the probe and both numbers', async () => {
    const worker = await aWorker();
    worker.countedTokens = 12;
    const { fleet, first } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    expect(first().state).toBe('quarantined');
    expect(first().reason).toContain('12 tokens for the probe "hello", we count 11');
  });

  it('compares counts only with probes of its own model', async () => {
    const { fleet, first } = aFleet([aPool([await aWorker()])], {
      tokenizerProbes: [{ name: 'other', body: '{}', expectedTokens: 99, model: 'qwen3-8b' }],
    });
    await fleet.firstLook(never);
    expect(first().state).toBe('ready');
  });

  it('uses a worker without /tokenize, and says so', async () => {
    const worker = await aWorker();
    worker.tokenizeStatus = 404;
    const { fleet, first, events } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    expect(first().state).toBe('ready');
    expect(events).toContainEqual(expect.objectContaining({ kind: 'tokenizer-check', result: 'absent' }));
  });

  it('uses a worker whose /tokenize does not answer, and compares later', async () => {
    const worker = await aWorker();
    worker.tokenizeStatus = 500;
    worker.countedTokens = 12;
    const { fleet, first, became, happened } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    expect(first().state).toBe('ready');
    await happened((event) => event.kind === 'tokenizer-check' && event.result === 'unanswered');
    worker.tokenizeStatus = 200;
    await became('quarantined');
  });

  it("shows the pool's key to its workers, and says when they refuse it", async () => {
    const worker = await aWorker();
    worker.apiKey = 'secret';
    const right = aFleet([aPool([worker], { apiKey: 'secret' })]);
    const wrong = aFleet([aPool([worker], { apiKey: 'stale' })]);
    await Promise.all([right.fleet.firstLook(never), wrong.fleet.firstLook(never)]);
    expect(right.first().state).toBe('ready');
    expect(wrong.first()).toMatchObject({ state: 'quarantined' });
    expect(wrong.first().reason).toContain('--api-key');
    expect(wrong.first().reason).not.toContain('stale');
  });

  it("speaks TLS to workers, trusting the pool's authority and no other", async () => {
    const worker = await aWorker({ key: TEST_KEY, cert: TEST_CERTIFICATE });
    const trusting = aFleet([aPool([worker], { ca: TEST_CERTIFICATE })]);
    const strict = aFleet([aPool([worker])]);
    await Promise.all([trusting.fleet.firstLook(never), strict.fleet.firstLook(never)]);
    expect(trusting.first().state).toBe('ready');
    expect(strict.first()).toMatchObject({ state: 'starting' });
    expect(strict.first().reason).toContain('SELF_SIGNED');
    expect(trusting.lease().endpoint).toMatchObject({ host: '127.0.0.1', port: worker.port });
  });

  it('waits for a worker that is still loading, and gives it its share gradually', async () => {
    const { port } = await withFreePort();
    const { fleet, first, became } = aFleet([aPool([{ url: `http://127.0.0.1:${port}` }])]);
    await fleet.firstLook(never);
    expect(first()).toMatchObject({ state: 'starting', reason: 'connection refused' });
    await aWorker(null, port);
    await became('ready');
    expect(first().share).toBeLessThan(1);
  });

  it('does not use an engine that sleeps until it is awake', async () => {
    const worker = await aWorker();
    const { fleet, first, became, events } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    worker.isAwake = false;
    await became('quarantined');
    expect(first().reason).toContain('/wake_up');
    worker.isAwake = true;
    await became('ready', events.length);
  });

  it('ends the first look when the signal says so, though a worker never answers', async () => {
    const worker = await aWorker();
    worker.hanging.add('/health');
    const { fleet, first } = aFleet([aPool([worker])], { options: { probeTimeoutMs: 60_000 } });
    await fleet.firstLook(AbortSignal.timeout(20));
    expect(first().state).toBe('starting');
  });
});

describe('StaticFleet: workers that fail', () => {
  it('ends a silent stream when the port refuses, though its connection stays open', async () => {
    const worker = await aWorker();
    const { fleet, lease, first } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    const one = lease();
    one.firstToken();
    worker.stopListening();
    const reason = await lost(one);
    expect(reason).toBeInstanceOf(Fault);
    expect(reason).toMatchObject({ code: 'worker_failed' });
    expect(first().state).toBe('down');
    expect(fleet.lease(first().id, terms)).toBeNull();
  });

  it('takes a dead engine behind a living port for dead', async () => {
    const worker = await aWorker();
    const { fleet, lease, became } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    const one = lease();
    worker.healthStatus = 503;
    await became('down');
    await lost(one);
  });

  it('forgives one look without an answer, and not three', async () => {
    const worker = await aWorker();
    const { fleet, first, became } = aFleet([aPool([worker])], { options: { probeTimeoutMs: 30 } });
    await fleet.firstLook(never);
    const asked = () => worker.asked.filter((path) => path === '/health').length;
    const before = asked();
    worker.hanging.add('/health');
    while (asked() < before + 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(first().state).toBe('ready');
    await became('down');
    expect(asked()).toBeGreaterThanOrEqual(before + 3);
  });

  it('does not give up a worker that answers no look but streams', async () => {
    const worker = await aWorker();
    const { fleet, first, lease } = aFleet([aPool([worker])], { options: { probeTimeoutMs: 30 } });
    await fleet.firstLook(never);
    const one = lease();
    one.firstToken();
    const tokens = setInterval(() => one.progress(1), 2);
    const asked = () => worker.asked.filter((path) => path === '/health').length;
    const before = asked();
    worker.hanging.add('/health');
    while (asked() < before + 6) await new Promise((resolve) => setTimeout(resolve, 1));
    clearInterval(tokens);
    expect([first().state, one.lost.aborted]).toEqual(['ready', false]);
  });

  it('looks at once when a request failed, and not only at the next turn', async () => {
    const worker = await aWorker();
    const slow = { healthIntervalMs: 3_600_000, scrapeIntervalMs: 3_600_000 };
    const { fleet, lease, became } = aFleet([aPool([worker])], { options: slow });
    await fleet.firstLook(never);
    worker.stopListening();
    lease().release('failed');
    await became('down');
  });

  it('looks at once when a stream falls silent', async () => {
    const worker = await aWorker();
    const slow = { healthIntervalMs: 3_600_000, scrapeIntervalMs: 3_600_000 };
    const { fleet, lease } = aFleet([aPool([worker])], { options: slow });
    await fleet.firstLook(never);
    const one = lease();
    one.firstToken();
    worker.stopListening();
    await lost(one);
  });

  it('takes a worker back when it answers again, with its share growing', async () => {
    const worker = await aWorker();
    const { port } = worker;
    const { fleet, first, became, events } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    const view = first();
    await worker.end();
    await became('down');
    const since = events.length;
    await aWorker(null, port);
    await became('ready', since);
    expect(first()).toBe(view);
    expect(view.share).toBeLessThan(1);
  });

  it('notices a restart between two looks by counters that went back, and verifies anew', async () => {
    const worker = await aWorker();
    const { fleet, lease, became, events } = aFleet([aPool([worker])]);
    await fleet.firstLook(never);
    const one = lease();
    const since = events.length;
    worker.generationTokens = 3;
    worker.countedTokens = 12;
    await became('down', since);
    await lost(one);
    await became('quarantined', since);
  });

  it('finds a worker that says it is healthy and does nothing', async () => {
    const worker = await aWorker();
    const { fleet, first, lease, happened } = aFleet([aPool([worker])], { options: { stallMs: 60 } });
    await fleet.firstLook(never);
    const one = lease();
    one.firstToken();
    await happened((event) => event.kind === 'stalled' && event.isStalled);
    expect(first()).toMatchObject({ state: 'ready', isStalled: true });
    one.progress(1);
    await happened((event) => event.kind === 'stalled' && !event.isStalled);
    expect(one.lost.aborted).toBe(false);
  });
});

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

  it('turns a request away at once when the waiting room is full, and tells', async () => {
    const { fleet, events } = aFleet([aPool([])], { options: { maxWaiting: 1, tickMs: 3_600_000 } });
    void fleet.waitForRoom(['default'], never, {});
    await expect(fleet.waitForRoom(['default'], never, {})).resolves.toBe(false);
    expect(fleet.waitingFor('default')).toBe(1);
    expect(events).toContainEqual({ kind: 'waiting-room-full', pools: ['default'] });
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

  it('leaves no timer, no question and no lease behind when it is closed', async () => {
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
    const asked = worker.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(worker.asked).toHaveLength(asked);
  });
});

/** A port nobody listens on. */
async function withFreePort(): Promise<{ readonly port: number }> {
  const worker = await StandInWorker.start();
  const { port } = worker;
  await worker.end();
  return { port };
}

// Made for this test: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500
// -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1`. It guards nothing.
const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSUYXOErSyVTixGPP
OCgW1uV1vce9+RfN4w8tFdkD97KhRANCAATd1ehiZ10rf9LviDRKLAgDcBiLxCaa
nENAPEzn9SpO6P8bep2N/54nqfoHDNJpU9JpWG8UIKXS20Hnx2+DL/Wm
-----END PRIVATE KEY-----
`;
const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUCI7Xivk6ciJ+NWYj7GSplP7czw4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMzIwMTAyOVoYDzIxMjYxMDMw
MjAxMDI5WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATd1ehiZ10rf9LviDRKLAgDcBiLxCaanENAPEzn9SpO6P8bep2N/54n
qfoHDNJpU9JpWG8UIKXS20Hnx2+DL/Wmo2QwYjAdBgNVHQ4EFgQUelTdVx/nhicv
ddZnjDZV+7wDRNMwHwYDVR0jBBgwFoAUelTdVx/nhicvddZnjDZV+7wDRNMwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IB7M4YvAOYsdqdKNOucSLchRd1EN4EB2UKcYCzcpt99FAiEA9JxRHMO5dWhqjCNR
q2iRpgXUVEYdgQM7az3M6evYeek=
-----END CERTIFICATE-----
`;
