// What two gateways promise while Redis is away (limits page R7): nearly the same limits, no server error for a normal tenant,
// a refusal for a strict one, and the same limits again when Redis is back. A real Redis, black-holed and killed.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startVllmSim, type VllmSim } from '#vllm-sim';
import { type FaultyProxy, startFaultyProxy } from '../servers/start-faulty-proxy.ts';
import { type RunningGateway, startGatewayProcess } from '../servers/start-gateway-process.ts';
import { startRedis, type TestRedis } from '../servers/start-redis.ts';
import { ask, CHAT, chat } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { MODEL, SIM } from './harness/fleet-under-test.ts';
import { type StateUnderTest, startStateUnderTest } from './harness/state-under-test.ts';

const START_MS = 120_000;
/** Set to 60 for the minute of the promise; a few seconds show the same. */
const AWAY_S = Number(process.env.ROPEWAY_TEST_AWAY_S ?? 8);
const PER_MINUTE = 600;
const BURST = PER_MINUTE / 6;
/** Each gateway is asked so often: together eight times what the limit allows. */
const EVERY_MS = 25;
const WINDOW_TOKENS = 1_024;
/** What a budget allows; each gateway is asked for as many. */
const ANSWERS = 20;

let state: StateUnderTest;
let sim: VllmSim;
let redis: TestRedis;
let network: FaultyProxy;
let gateways: readonly RunningGateway[] = [];

beforeAll(async () => {
  state = await startStateUnderTest();
  sim = await startVllmSim({
    ...SIM,
    windowTokens: WINDOW_TOKENS,
    engine: { ...SIM.engine, maxSequences: 4_096, kvTokens: 4_000_000 },
  });
  redis = await startRedis();
  network = await startFaultyProxy(redis.url);
  const pool = { name: 'default', model: MODEL.id, rope: { type: 'default' }, windowTokens: WINDOW_TOKENS };
  const settings = {
    tokenizer: { threads: 0 },
    workers: { compareCounts: false, scrapeIntervalMs: 200, warmUpMs: 0 },
    models: [MODEL],
    pools: [{ ...pool, workers: [sim.url] }],
    database: { url: state.databaseUrl, connectTimeoutMs: 1_000 },
    auth: { lookupTimeoutMs: 10_000 },
    // Longer than in production: two cores may be shared by several test files.
    redis: { urls: [network.url], commandTimeoutMs: 250, breakerProbeMs: 200 },
  };
  gateways = await Promise.all([startGatewayProcess({ settings }), startGatewayProcess({ settings })]);
  await eventually('both count together', areShared);
  await eventually('each knows of the other', knowOfEachOther);
}, START_MS);

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await sim?.close();
  await network?.stop();
  await redis?.stop();
  await state?.close();
});

afterEach(async () => {
  await network.set('pass');
  await eventually('both count together again', areShared);
});

/** How Redis goes away, and how it comes back. */
const OUTAGES = [
  {
    name: 'silent',
    how: 'answers nothing',
    away: () => network.set('blackhole'),
    back: () => network.set('pass'),
  },
  {
    name: 'killed',
    how: 'is killed, and comes back empty',
    away: () => redis.kill9(),
    back: () => redis.restart(),
  },
] as const;

describe.each(OUTAGES)('while Redis $how', ({ name, away, back }) => {
  it('normal tenants go on within 110 % of their limits, and strict ones are refused', async () => {
    const limits = { requestsPerMinute: PER_MINUTE };
    const normal = await state.newTenant(`normal-${name}`, { limits });
    const strict = await state.newTenant(`strict-${name}`, { limits, isStrict: true });
    for (const gateway of gateways) {
      expect((await say(gateway, normal)).status).toBe(200);
      expect((await say(gateway, strict)).status).toBe(200);
    }
    await away();
    const startedMs = performance.now();
    const statuses = (await Promise.all(gateways.map((gateway) => hurry(gateway, normal)))).flat();
    const minutes = (performance.now() - startedMs) / 60_000;
    const admitted = statuses.filter((status) => status === 200).length;
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
    expect(admitted).toBeLessThanOrEqual(1.1 * (PER_MINUTE * minutes + BURST));
    expect(admitted).toBeGreaterThan(0.5 * PER_MINUTE * minutes);
    for (const gateway of gateways) expectFault(await say(gateway, strict), 'limits_unavailable');

    await back();
    await eventually('both count together again', areShared);
    for (const gateway of gateways) expect((await say(gateway, strict)).status).toBe(200);
  }, 120_000);

  it('a budget that neither gateway has seen before is spent once, not once by each', async () => {
    const whole = { budgets: [{ period: 'day', unit: 'tokens', limit: 1_000_000 }] } as const;
    const rich = await state.newTenant(`rich-${name}`, { limits: whole });
    const answers = await Promise.all(gateways.map((gateway) => say(gateway, rich)));
    const [cost = Number.NaN] = answers.map(({ json }) => json<Usage>().usage.total_tokens);
    const limits = { budgets: [{ period: 'day', unit: 'tokens', limit: ANSWERS * cost }] } as const;
    const key = await state.newTenant(`budget-${name}`, { limits });
    await away();
    const statuses: number[] = [];
    for (const gateway of gateways)
      for (let turn = 0; turn < ANSWERS; turn++) statuses.push((await say(gateway, key)).status);
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
    const admitted = statuses.filter((status) => status === 200).length;
    expect(admitted).toBeGreaterThan(0.5 * ANSWERS);
    expect(admitted).toBeLessThanOrEqual(1.1 * ANSWERS);
    await back();
  }, 120_000);
});

interface Usage {
  readonly usage: { readonly total_tokens: number };
}

it('a gateway that is killed and started again while Redis is away still counts as one of two', async () => {
  await network.set('blackhole');
  const [gateway] = gateways;
  await gateway?.restart();
  const page = await gateway?.metrics();
  expect(page?.sum('ropeway_limits_gateways')).toBe(gateways.length);
}, 120_000);

async function areShared(): Promise<boolean> {
  const pages = await Promise.all(gateways.map((gateway) => gateway.metrics()));
  return pages.every((page) => page.sum('ropeway_limits_local') === 0);
}

/** Else each would grant the whole limit, as if it were alone. */
async function knowOfEachOther(): Promise<boolean> {
  const pages = await Promise.all(gateways.map((gateway) => gateway.metrics()));
  return pages.every((page) => page.sum('ropeway_limits_gateways') === gateways.length);
}

/** One request each so many ms, whatever becomes of those before. */
async function hurry(gateway: RunningGateway, key: string): Promise<readonly number[]> {
  const asked: Promise<number>[] = [];
  for (const endMs = performance.now() + AWAY_S * 1_000; performance.now() < endMs; await sleep(EVERY_MS))
    asked.push(say(gateway, key).then(({ status }) => status));
  return Promise.all(asked);
}

function say({ url }: RunningGateway, key: string) {
  return ask({ url }, CHAT, chat('Hello', { max_tokens: 1 }), { key });
}
