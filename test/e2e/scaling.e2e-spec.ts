// A real gateway, the scaler that asks it and another one, and KEDA's questions: a parked request wakes its pool, what runs
// keeps it awake, and when nothing does any more KEDA may take it away.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { aGateway, aScaler, closeAll } from '../../apps/scaler/test/scaler-under-test.ts';
import { ask, CHAT, chat, words } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { type FleetUnderTest, type PoolUnderTest, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { SleepingPools } from './harness/sleeping-pools.ts';

const POOLS: readonly PoolUnderTest[] = [
  { name: 'default', factor: 1, windowTokens: 1_024 },
  { name: 'yarn-4', factor: 4, windowTokens: 4_096 },
];
/** As a prompt of 90,000 tokens is to windows of 40,960 and 131,072: only yarn-4 takes it. */
const LONG = words(2_800);
const YARN = { pool: 'yarn-4', targetTokens: '1000' };

let fleet: FleetUnderTest;
let pools: SleepingPools;
beforeEach(async () => {
  fleet = await startFleetUnderTest({ pools: POOLS });
  pools = new SleepingPools(fleet, ['yarn-4']);
});
afterEach(async () => {
  await closeAll();
  await fleet.close();
});

it('a parked request wakes its pool, a running one keeps it awake, and then it may sleep', async () => {
  const { keda, gateways } = await aScaler();
  const [{ opsUrl: url }, idle] = [fleet.gateway, await aGateway()];
  gateways.are({ id: url, url, isReady: true }, idle.known);
  const stream = keda.stream(YARN);
  await eventually('nothing needs the pool', () => stream.said.includes(false));
  expect(await keda.metric(YARN, 's0-demand_tokens')).toBe(0);

  const answer = ask(fleet, CHAT, chat(LONG, { max_tokens: 10 }));
  await eventually('KEDA is told at once', () => stream.said.includes(true));
  expect(await keda.isActive(YARN)).toBe(true);
  // One prompt is one worker's, though it is nearly three times the target.
  expect(await keda.metric(YARN, 's0-demand_tokens')).toBe(1_000);
  expect(await keda.isActive({ pool: 'default' })).toBe(false);

  fleet.sim('yarn-4').inflict({ kind: 'freeze' });
  await pools.wake('yarn-4');
  await eventually('it runs', async () => (await pools.demand('yarn-4')).running === 1);
  expect(await keda.isActive(YARN)).toBe(true);
  fleet.sim('yarn-4').heal();
  expect((await answer).status).toBe(200);
  // The lease of waking it outlives the cold start by some seconds.
  await eventually('nothing needs it any more', async () => !(await keda.isActive(YARN)), 30_000);
  expect(await keda.metric(YARN, 's0-demand_tokens')).toBe(0);
});
