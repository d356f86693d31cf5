// A pool that sleeps is woken for whoever needs it; until it is awake requests wait, within bounds, and everybody is told
// why and how long: the client, the scaler, the operator.
import { afterEach, describe, expect, it } from '@jest/globals';
import { ask, CHAT, chat, open, words } from './harness/ask.ts';
import { eventually, within } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import {
  type FleetTerms,
  type FleetUnderTest,
  type PoolUnderTest,
  startFleetUnderTest,
} from './harness/fleet-under-test.ts';
import { chunksOf, StreamReader } from './harness/read-stream.ts';
import { SleepingPools } from './harness/sleeping-pools.ts';

const POOLS: readonly PoolUnderTest[] = [
  { name: 'default', factor: 1, windowTokens: 1_024 },
  { name: 'yarn-4', factor: 4, windowTokens: 4_096 },
];
/** As a prompt of 90,000 tokens is to windows of 40,960 and 131,072: only yarn-4 takes it. */
const LONG = words(2_800);
const UNSCHEDULABLE = '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.';
const ESTIMATE = 'x-ropeway-estimated-wait';

let fleet: FleetUnderTest;
let pools: SleepingPools;
afterEach(() => fleet.close());

/** Both pools are there, yarn-4 without a worker. */
async function start(waiting: Readonly<Record<string, unknown>> = {}, terms: FleetTerms = {}): Promise<void> {
  const { settings, ...rest } = terms;
  const own = { waiting, relay: { heartbeatMs: 100 }, ...settings };
  fleet = await startFleetUnderTest({ pools: POOLS, ...rest, settings: own });
  pools = new SleepingPools(fleet, ['yarn-4']);
}

const isParked = async (parked: number) => (await pools.demand('yarn-4')).parked === parked;
const parked = (count: number) => eventually(`${count} parked`, () => isParked(count));
const stuck = (kind: 'unschedulable' | 'image', detail: string) =>
  pools.found.coming('yarn-4', { pods: 1, obstacle: { kind, detail, sinceMs: performance.now() } });
/** Until a cold start was seen 90 s are guessed, less what this one took so far. */
const expectEstimate = (headers: Headers) => {
  expect(Number(headers.get(ESTIMATE))).toBeGreaterThan(30);
  expect(Number(headers.get(ESTIMATE))).toBeLessThanOrEqual(90);
};
const metric = async (series: string): Promise<number> => {
  const page = await (await fetch(`${fleet.gateway.opsUrl}/metrics`)).text();
  return Number(
    page
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  );
};

describe('a request for a pool that sleeps', () => {
  it('is in demand at once, is sent as soon as a worker is ready, and leaves the demand as it goes', async () => {
    await start();
    expect(await pools.demand('yarn-4')).toMatchObject({ parked: 0, activation: false, ready: 0 });
    const askedMs = performance.now();
    const answer = ask(fleet, CHAT, chat(LONG, { max_tokens: 10 }));
    await parked(1);
    const seenMs = performance.now() - askedMs;
    const demand = await pools.demand('yarn-4');
    expect(demand).toMatchObject({ activation: true, prefill_tokens: 0, running: 0, ready: 0 });
    expect(demand.parked_tokens).toBeGreaterThan(2_800);
    expect(await pools.demand('default')).toMatchObject({ parked: 0, activation: false, ready: 1 });

    fleet.sim('yarn-4').inflict({ kind: 'freeze' });
    const readyMs = await pools.wake('yarn-4');
    await eventually('it is on the worker', () => fleet.asked().length === 1);
    const sentMs = performance.now() - readyMs;
    expect(await pools.demand('yarn-4')).toMatchObject({
      parked: 0,
      parked_tokens: 0,
      prefill_tokens: demand.parked_tokens,
      running: 1,
      activation: true,
      ready: 1,
    });
    fleet.sim('yarn-4').heal();
    const { status, headers } = await answer;
    expect([status, headers.get('x-ropeway-pool')]).toEqual([200, 'yarn-4']);
    expectEstimate(headers);
    await fleet.idle();
    expect(await pools.demand('yarn-4')).toMatchObject({ prefill_tokens: 0, running: 0 });
    console.info(`demand seen after ${seenMs.toFixed()} ms, sent ${sentMs.toFixed()} ms after ready`);
  });

  it('has its time to first token counted apart, and its cold start learned', async () => {
    await start();
    const answer = ask(fleet, CHAT, chat(LONG, { stream: true }));
    await parked(1);
    const readPage = async () => (await fetch(`${fleet.gateway.opsUrl}/metrics`)).text();
    // Scraped while it waits, so that the first one is a step a rate sees.
    expect(await readPage()).toMatch(/ropeway_time_to_first_token_seconds_count\{.*cold="true"\} 0\n/);
    await pools.wake('yarn-4');
    expect((await answer).status).toBe(200);
    await fleet.idle();
    const page = await readPage();
    expect(page).toMatch(/ropeway_time_to_first_token_seconds_count\{.*cold="true"\} 1\n/);
    expect(page).not.toMatch(/ropeway_time_to_first_token_seconds_count\{.*cold="false"/);
    expect(await metric('ropeway_pool_cold_start_seconds_count{pool="yarn-4"}')).toBe(1);

    pools.sleep('yarn-4');
    const route = await ask(fleet, '/v1/route', chat(LONG));
    expect(route.json<{ estimated_wait_s: number }>().estimated_wait_s).toBeLessThan(90);
  });

  it('keeps waking the pool when its client has left, though its place is free', async () => {
    await start({ maxRequests: 1 });
    const gone = new AbortController();
    const left = ask(fleet, CHAT, chat(LONG), { signal: gone.signal });
    await parked(1);
    gone.abort();
    await expect(left).rejects.toThrow();
    await parked(0);
    expect(await pools.demand('yarn-4')).toMatchObject({ parked_tokens: 0, activation: true });
    const next = ask(fleet, CHAT, chat(LONG));
    await parked(1);
    await pools.wake('yarn-4');
    expect((await next).status).toBe(200);
  });

  it('does not keep those from a worker who fit a pool that is awake', async () => {
    await start();
    const long = ask(fleet, CHAT, chat(LONG));
    await parked(1);
    const short = await ask(fleet, CHAT, chat('Hi'));
    expect([short.status, short.headers.get(ESTIMATE)]).toEqual([200, null]);
    await pools.wake('yarn-4');
    expect((await long).status).toBe(200);
  });
});

describe('the bounds', () => {
  it.each([
    ['requests', { maxRequests: 1 }],
    ['tokens', { maxTokens: 5_000 }],
    ['bytes', { maxBytes: 20_000 }],
  ])('of %s: one more gets 503, and is told when to come back', async (bound, waiting) => {
    await start(waiting);
    const first = ask(fleet, CHAT, chat(LONG));
    await parked(1);
    const refused = await ask(fleet, CHAT, chat(LONG));
    expectFault(refused, 'pool_unavailable');
    const waitS = Number(refused.headers.get('retry-after'));
    expect(waitS).toBeGreaterThan(30);
    expect(waitS).toBeLessThanOrEqual(99);
    expectEstimate(refused.headers);
    expect(await metric(`ropeway_parking_refusals_total{pool="yarn-4",bound="${bound}"}`)).toBe(1);
    await pools.wake('yarn-4');
    expect((await first).status).toBe(200);
  });

  it('of one tenant: it gets 503 while others find room', async () => {
    await start({ maxRequests: 4 }, { keys: { acme: {}, other: { tenant: 'other' } } });
    const waiting = [1, 2].map(() => ask(fleet, CHAT, chat(LONG)));
    await parked(2);
    const refused = await ask(fleet, CHAT, chat(LONG));
    expectFault(refused, 'pool_unavailable');
    expect(refused.error.message).toContain('No more requests of your tenant may wait.');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
    expect(await metric('ropeway_parking_refusals_total{pool="yarn-4",bound="tenant"}')).toBe(1);
    const other = ask(fleet, CHAT, chat(LONG), { key: fleet.keys.get('other') ?? '' });
    await parked(3);
    await pools.wake('yarn-4');
    const answers = await Promise.all([...waiting, other]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('of time: 503 with the time that is likely left', async () => {
    await start({ maxWaitMs: 50 });
    const refused = await ask(fleet, CHAT, chat(LONG));
    expectFault(refused, 'pool_unavailable');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
    expect(refused.error.message).toContain('Pool yarn-4 is not available: none of its workers is ready.');
    expect((await pools.demand('yarn-4')).activation).toBe(true);
  });

  it('go by what is there: a place that was left is taken by the next', async () => {
    await start({ maxRequests: 2, maxTenantShare: 1 });
    const gone = new AbortController();
    const left = ask(fleet, CHAT, chat(LONG), { signal: gone.signal });
    const stays = ask(fleet, CHAT, chat(LONG));
    await parked(2);
    expectFault(await ask(fleet, CHAT, chat(LONG)), 'pool_unavailable');
    gone.abort();
    await expect(left).rejects.toThrow();
    await parked(1);
    const next = ask(fleet, CHAT, chat(LONG));
    await parked(2);
    await pools.wake('yarn-4');
    expect((await Promise.all([stays, next])).map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe('those who wait', () => {
  /** A worker takes the next prompt when the one before has its first token. */
  const oneAtATime = { model: { fullQueuedTokens: 1 } };
  const wordOf = ({ body }: { readonly body: string }) => /Number (\d+)/.exec(body)?.[1];

  it('are served first come first, though all of them wake at once', async () => {
    await start({}, oneAtATime);
    const answers = [];
    for (let nth = 0; nth < 8; nth++) {
      answers.push(ask(fleet, CHAT, chat(`Number ${nth}${LONG}`, { max_tokens: 5 })));
      await parked(nth + 1);
    }
    await pools.wake('yarn-4');
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(fleet.asked().map(wordOf)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  it.each([
    ['whole, what its queue takes', 0, 3],
    ['in its slow start, a share of that', 3_600_000, 1],
  ])('fall on a worker that just woke only so far: %s', async (_, warmUpMs, taken) => {
    const workers = { compareCounts: false, scrapeIntervalMs: 100, warmUpMs };
    await start({}, { model: { fullQueuedTokens: 9_500 }, settings: { workers } });
    // Each of its own: what a worker has in its cache already takes no place in its queue.
    const answers = Array.from({ length: 8 }, (_each, nth) =>
      ask(fleet, CHAT, chat(`Number ${nth}${LONG}`, { max_tokens: 5 })),
    );
    await parked(8);
    fleet.sim('yarn-4').inflict({ kind: 'freeze' });
    await pools.wake('yarn-4');
    await parked(8 - taken);
    // Everybody looks for room again and again; nobody finds any until a first token comes.
    for (let nudge = 0; nudge < 20; nudge++) {
      pools.found.coming('yarn-4', { pods: 0, obstacle: null });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([fleet.asked().length, await isParked(8 - taken)]).toEqual([taken, true]);
    fleet.sim('yarn-4').heal();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(8).fill(200));
  });
});

describe('what holds a pool up', () => {
  it('is told to a stream that waits, as it changes, and to who asks for the route', async () => {
    await start();
    const response = await open(fleet, CHAT, chat(LONG, { stream: true }));
    const reader = new StreamReader(response);
    expectEstimate(response.headers);
    expect(await reader.next()).toBe(': waiting for pool yarn-4: none of its workers is ready');
    stuck('unschedulable', UNSCHEDULABLE);
    const said = `: waiting for pool yarn-4: ${UNSCHEDULABLE.slice(0, -1)}`;
    for (let frame = await reader.next(); frame !== said; frame = await reader.next()) {
      expect(frame).toMatch(/^: waiting for pool yarn-4: none/);
    }
    const route = await ask(fleet, '/v1/route', chat(LONG));
    expect(route.json()).toMatchObject({
      choice: { pool: 'yarn-4', explanation: expect.stringContaining(UNSCHEDULABLE) },
      fault: {
        code: 'pool_unavailable',
        message: `Pool yarn-4 is not available: ${UNSCHEDULABLE}`,
      },
    });
    // A node came.
    pools.found.coming('yarn-4', { pods: 1, obstacle: null });
    await pools.wake('yarn-4');
    const frames = await reader.rest();
    expect(frames.at(-1)).toBe('data: [DONE]');
    expect(chunksOf(frames).length).toBeGreaterThan(3);
  });

  it('ends the wait when it lasts, with its reason: before anything was sent as a 503', async () => {
    await start({ obstacleMs: 300, maxWaitMs: 3_600_000 });
    const answer = ask(fleet, CHAT, chat(LONG));
    await parked(1);
    stuck('image', 'Back-off pulling image "registry/vllm:nope"');
    const refused = await answer;
    expectFault(refused, 'pool_unavailable');
    expect(refused.error.message).toContain(
      'Pool yarn-4 is not available: Back-off pulling image "registry/vllm:nope".',
    );
    expect(refused.headers.get(ESTIMATE)).toBe('90');
    expect(await pools.demand('yarn-4')).toMatchObject({ parked: 0, activation: true, coming: 1 });
    expectFault(await ask(fleet, CHAT, chat(LONG)), 'pool_unavailable');
    expect(await metric('ropeway_parking_refusals_total{pool="yarn-4",bound="obstacle"}')).toBe(2);
  });

  it('ends the wait of a stream that has begun as its last event', async () => {
    await start({ unschedulableMs: 0, maxWaitMs: 3_600_000 });
    const reader = new StreamReader(await open(fleet, CHAT, chat(LONG, { stream: true })));
    await reader.next();
    stuck('unschedulable', UNSCHEDULABLE);
    const chunks = chunksOf(await reader.rest());
    expect(chunks).toHaveLength(1);
    expect(chunks[0]?.error).toMatchObject({
      code: 'pool_unavailable',
      message: expect.stringContaining(`Pool yarn-4 is not available: ${UNSCHEDULABLE}`),
    });
  });

  it('does not end it while a node may be on its way', async () => {
    await start({ obstacleMs: 0, unschedulableMs: 3_600_000 });
    const answer = ask(fleet, CHAT, chat(LONG));
    await parked(1);
    stuck('unschedulable', UNSCHEDULABLE);
    await pools.wake('yarn-4');
    expect((await answer).status).toBe(200);
  });
});

describe('a drain', () => {
  it('sends away who waits and has heard nothing, and serves a stream whose head is out', async () => {
    await start();
    const reader = new StreamReader(await open(fleet, CHAT, chat(LONG, { stream: true })));
    expect(await reader.next()).toMatch(/^: waiting for pool yarn-4/);
    const whole = ask(fleet, CHAT, chat(LONG));
    await parked(2);
    const drained = fleet.gateway.drain();
    const refused = await within('it is sent away', whole);
    expectFault(refused, 'gateway_draining');
    expect(refused.headers.get('connection')).toBe('close');
    await parked(1);
    await pools.wake('yarn-4');
    expect((await reader.rest()).at(-1)).toBe('data: [DONE]');
    expect(await within('it is drained', drained)).toBe(true);
  });
});
