// Two gateways, the scaler that asks them, and KEDA's questions to it: a request parked in one of them wakes its pool, what
// runs keeps it awake, and when nothing does any more KEDA may take it away.
import { afterEach, expect, it } from '@jest/globals';
import { aScaler, closeAll } from '../../apps/scaler/test/scaler-under-test.ts';
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

const fleets: FleetUnderTest[] = [];
afterEach(async () => {
  await closeAll();
  for (const fleet of fleets.splice(0)) await fleet.close();
});

/** A gateway that knows of no worker of yarn-4 yet; a lease it gives for waking the pool ends soon. */
async function aSleepyGateway() {
  const settings = { waiting: { activationMs: 1_000 } };
  const fleet = await startFleetUnderTest({ pools: POOLS, settings });
  fleets.push(fleet);
  const known = { id: fleet.gateway.opsUrl, url: fleet.gateway.opsUrl, isReady: true };
  return { fleet, known, pools: new SleepingPools(fleet, ['yarn-4']) };
}

it('a parked request wakes its pool, a running one keeps it awake, and then it may sleep', async () => {
  const [busy, idle] = [await aSleepyGateway(), await aSleepyGateway()];
  const { keda, gateways } = await aScaler();
  gateways.are(busy.known, idle.known);
  const stream = keda.stream(YARN);
  await eventually('nothing needs the pool', () => stream.said.includes(false));
  expect(await keda.metric(YARN, 's0-demand_tokens')).toBe(0);

  const answer = ask(busy.fleet, CHAT, chat(LONG, { max_tokens: 10 }));
  await eventually('KEDA is told at once', () => stream.said.includes(true));
  expect(await keda.isActive(YARN)).toBe(true);
  // One prompt is one worker's, though it is nearly three times the target.
  expect(await keda.metric(YARN, 's0-demand_tokens')).toBe(1_000);
  expect(await keda.isActive({ pool: 'default' })).toBe(false);

  busy.fleet.sim('yarn-4').inflict({ kind: 'freeze' });
  await busy.pools.wake('yarn-4');
  await eventually('it runs', async () => (await busy.pools.demand('yarn-4')).running === 1);
  expect(await keda.isActive(YARN)).toBe(true);
  busy.fleet.sim('yarn-4').heal();
  expect((await answer).status).toBe(200);
  await eventually('nothing needs the pool any more', async () => !(await keda.isActive(YARN)));
  expect(await keda.metric(YARN, 's0-demand_tokens')).toBe(0);
});

it('a gateway that is gone takes its demand with it, and nothing is known while the last one is away', async () => {
  const [busy, idle] = [await aSleepyGateway(), await aSleepyGateway()];
  const { keda, gateways } = await aScaler({ silentMs: 2_000 });
  gateways.are(busy.known, idle.known);
  const lost = ask(busy.fleet, CHAT, chat(LONG)).catch(() => null);
  await eventually('it is in demand', () => keda.isActive(YARN).catch(() => false));
  await busy.fleet.close();
  fleets.splice(0, 1);
  await lost;
  await eventually('its demand is gone', async () => (await keda.isActive(YARN).catch(() => null)) === false);
  await idle.fleet.close();
  fleets.splice(0, 1);
  await eventually('nothing is known', async () => {
    return (await keda.refusal(keda.isActive(YARN)).catch(() => []))[0] === 'UNAVAILABLE';
  });
});
