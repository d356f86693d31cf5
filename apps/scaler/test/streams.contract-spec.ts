// The push: what KEDA hears on a stream it holds open. How often it is said again is activity-edges.spec.ts's.
import { afterEach, expect, it } from '@jest/globals';
import { eventually, within } from '../../../test/e2e/harness/eventually.ts';
import { aGateway, aScaler, closeAll } from './scaler-under-test.ts';

afterEach(closeAll);

const YARN = { pool: 'yarn-4' };

it('says the state when it opens, and each time the pool is needed after it was not', async () => {
  const { keda, gateways } = await aScaler();
  const gateway = await aGateway();
  gateways.are(gateway.known);
  const stream = keda.stream(YARN);
  await eventually('the state', () => stream.said.length === 1);
  for (const times of [1, 2]) {
    gateway.states({ 'yarn-4': { running: 1, ready: 1 } });
    await eventually('the edge', () => stream.said.length === 1 + times);
    gateway.states({ 'yarn-4': { ready: 1 } });
    await eventually('idle again', async () => !(await keda.isActive(YARN)));
  }
  expect(stream.said).toEqual([false, true, true]);
});

it('says nothing until something is known, and then at once that the pool is needed, whoever is still silent', async () => {
  const { keda, gateways } = await aScaler();
  const [one, hanging] = [await aGateway(), await aGateway()];
  hanging.hangs();
  const stream = keda.stream(YARN);
  gateways.are(one.known, hanging.known);
  await eventually('one has answered', () => one.asked > 1);
  expect(stream.said).toEqual([]);
  one.states({ 'yarn-4': { parked: 1 } });
  await eventually('the edge', () => stream.said.length > 0);
  expect(stream.said).toEqual([true]);
  // A sum that lacks a gateway is still none.
  expect(await keda.refusal(keda.isActive(YARN))).toEqual(['UNAVAILABLE', expect.any(String)]);
});

it('says it again while the pool has no worker: what came too early for KEDA is lost', async () => {
  const { keda, gateways } = await aScaler();
  const gateway = await aGateway();
  gateway.states({ 'yarn-4': { activation: true } });
  gateways.are(gateway.known);
  const stream = keda.stream(YARN);
  await eventually('it was said again', () => stream.said.length > 1, 30_000);
  expect(new Set(stream.said)).toEqual(new Set([true]));
});

it('tells each stream about its own pool', async () => {
  const { keda, gateways, scaler } = await aScaler();
  const gateway = await aGateway();
  gateway.states({ 'yarn-4': { parked: 1 } });
  gateways.are(gateway.known);
  const streams = [keda.stream(YARN), keda.stream({ pool: 'default' }), keda.stream(YARN)];
  await eventually('all have heard', () => streams.every(({ said }) => said.length > 0));
  expect(streams.map(({ said }) => said[0])).toEqual([true, false, true]);
  const counted = async () => {
    const page = await (await fetch(`http://127.0.0.1:${scaler.opsPort}/metrics`)).text();
    return [...page.matchAll(/keda_streams\{pool="([\w-]+)"\} (\d)/g)].map(([, pool, count]) => [
      pool,
      count,
    ]);
  };
  expect(await counted()).toEqual([
    ['default', '1'],
    ['yarn-4', '2'],
  ]);
  for (const stream of streams) stream.cancel();
  await eventually('none is counted any more', async () =>
    (await counted()).every(([, count]) => count === '0'),
  );
});

it('ends with OK when the scaler drains, so that KEDA comes back at once', async () => {
  const { keda, gateways, scaler } = await aScaler();
  const gateway = await aGateway();
  gateways.are(gateway.known);
  const [known, unknown] = [keda.stream(YARN), keda.stream({ pool: 'default' })];
  await eventually('both are open', () => known.said.length + unknown.said.length === 2);
  await within('the drain', scaler.drain());
  expect(await Promise.all([known.ended, unknown.ended])).toEqual(['OK', 'OK']);
});

it('has no stream of targets: they do not change while KEDA looks', async () => {
  const { keda } = await aScaler();
  expect(await keda.stream(YARN, 'StreamMetricSpec').ended).toBe('UNIMPLEMENTED');
});
