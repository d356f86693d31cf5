// What KEDA is answered, over gRPC, by a scaler that asks real HTTP servers.
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/e2e/harness/eventually.ts';
import { aGateway, aScaler, closeAll } from './scaler-under-test.ts';

afterEach(closeAll);

const YARN = { pool: 'yarn-4' };
const DEMAND = 's0-demand_tokens';

describe('before every Ready gateway has answered', () => {
  it('is UNAVAILABLE, never inactive and never 0', async () => {
    const { keda, gateways } = await aScaler();
    const [idle, hanging] = [await aGateway(), await aGateway()];
    const refusals = async () => [
      await keda.refusal(keda.isActive(YARN)),
      await keda.refusal(keda.metric(YARN, DEMAND)),
    ];
    const unavailable = (sentence: RegExp) => Array(2).fill(['UNAVAILABLE', expect.stringMatching(sentence)]);
    expect(await refusals()).toEqual(unavailable(/not known yet which gateways/));
    gateways.are();
    expect(await refusals()).toEqual(unavailable(/no gateway is Ready/));
    hanging.hangs();
    gateways.are(idle.known, hanging.known);
    await eventually('the idle one was asked again', () => idle.asked > 1);
    expect(await refusals()).toEqual(unavailable(/1 of 2 Ready gateways have not answered/));
  });

  it('says which metrics there are: KEDA makes the autoscaler before anything runs', async () => {
    const { keda } = await aScaler();
    const specs = await keda.metricSpecs({ ...YARN, targetTokens: '30000' });
    expect(specs).toEqual([
      { metricName: 'demand_tokens', targetSize: 30_000, targetSizeFloat: 30_000 },
      { metricName: 'kv_usage', targetSize: 1, targetSizeFloat: 0.8 },
    ]);
  });

  it('is alive and not ready, for HTTP and for gRPC', async () => {
    const { scaler, gateways } = await aScaler();
    const ops = `http://127.0.0.1:${scaler.opsPort}`;
    const readiness = async () => {
      const answer = await fetch(`${ops}/readyz`);
      return [answer.status, await answer.json()];
    };
    expect((await fetch(`${ops}/livez`)).status).toBe(200);
    expect(await readiness()).toEqual([503, expect.objectContaining({ status: 'starting', gateways: [] })]);
    const gateway = await aGateway();
    gateways.are(gateway.known);
    await eventually('it is ready', async () => (await readiness())[0] === 200);
    expect(await readiness()).toEqual([
      200,
      { status: 'ready', unavailable: null, gateways: ['answering'], trouble: null },
    ]);
    gateways.are();
    expect(await readiness()).toEqual([
      200,
      { status: 'ready', unavailable: 'no gateway is Ready', gateways: [], trouble: null },
    ]);
  });
});

describe('the answer', () => {
  it('is the sum over all gateways', async () => {
    const { keda, gateways } = await aScaler();
    const [one, two] = [await aGateway(), await aGateway()];
    one.states({ 'yarn-4': { parked: 3, parked_tokens: 90_040, kv_usage: { 'http://w1': 0.5 } } });
    two.states({ 'yarn-4': { prefill_tokens: 80_000, kv_usage: { 'http://w1': 0.25, 'http://w2': 0.25 } } });
    gateways.are(one.known, two.known);
    await eventually('both have answered', async () => {
      return (await keda.metric(YARN, DEMAND).catch(() => 0)) === 170_040;
    });
    expect(await keda.metric(YARN, 'kv_usage')).toBe(0.75);
    expect(await keda.isActive(YARN)).toBe(true);
    expect(await keda.isActive({ pool: 'default' })).toBe(false);
    expect(await keda.metric({ pool: 'default' }, 'demand_tokens')).toBe(0);
  });

  it('counts a silent gateway with its last answer, then skips it', async () => {
    const { keda, gateways, scaler, logged } = await aScaler({ silentMs: 3_000 });
    const [leaving, staying] = [await aGateway(), await aGateway()];
    leaving.states({ 'yarn-4': { parked: 1, parked_tokens: 500 } });
    staying.states({ 'yarn-4': { parked: 1, parked_tokens: 30 } });
    gateways.are(leaving.known, staying.known);
    const demand = () => keda.metric(YARN, DEMAND).catch(() => -1);
    await eventually('both are counted', async () => (await demand()) === 530);
    await leaving.close();
    const seen = new Set<number>();
    await eventually('it is skipped', async () => {
      const now = await demand();
      seen.add(now);
      return now === 30;
    });
    // Not knowing (-1) is allowed to a machine that stands still for so long; a sum that lacks it is not.
    expect([...seen].filter((demand) => demand !== -1)).toEqual([530, 30]);
    expect(await metricsOf(scaler.opsPort)).toContain('ropeway_scaler_gateways{state="skipped"} 1');
    expect(logged.filter((line) => line.includes('cannot be reached'))).toHaveLength(1);
  });

  it('is UNAVAILABLE again when all have fallen silent', async () => {
    const { keda, gateways } = await aScaler({ silentMs: 1_000 });
    const gateway = await aGateway();
    gateway.states({ 'yarn-4': { running: 1 } });
    gateways.are(gateway.known);
    await eventually('it is answered', () => keda.isActive(YARN).catch(() => false));
    await gateway.close();
    const answers = new Set<unknown>();
    await eventually('nothing is known', async () => {
      answers.add(await keda.isActive(YARN).catch(() => 'unavailable'));
      return answers.has('unavailable');
    });
    expect(answers).not.toContain(false);
    expect(await keda.refusal(keda.isActive(YARN))).toEqual([
      'UNAVAILABLE',
      expect.stringContaining('none of 1 Ready gateways has answered for 1000 ms'),
    ]);
  });

  it('waits for a gateway that joins, and never goes through 0', async () => {
    const { keda, gateways } = await aScaler();
    const [old, young] = [await aGateway(), await aGateway()];
    old.states({ 'yarn-4': { running: 1, prefill_tokens: 70 } });
    young.hangs();
    gateways.are(old.known);
    const demand = () => keda.metric(YARN, DEMAND).catch(() => null);
    await eventually('the old one is counted', async () => (await demand()) === 70);
    gateways.are(young.known);
    await eventually('the young one is asked', () => young.asked > 0);
    expect(await demand()).toBeNull();
    young.states({ 'yarn-4': { parked: 1 } });
    await eventually('the young one is counted', async () => (await demand()) === 1);
  });

  it('follows a gateway to another address, and no longer asks at the old one', async () => {
    const { keda, gateways } = await aScaler();
    const [before, after] = [await aGateway(), await aGateway()];
    gateways.are({ ...before.known, id: 'gateway-0' });
    await eventually('it is idle', async () => (await keda.isActive(YARN).catch(() => null)) === false);
    after.states({ 'yarn-4': { running: 1 } });
    gateways.are({ ...after.known, id: 'gateway-0' });
    await eventually('it is active there', () => keda.isActive(YARN));
    const asked = before.asked;
    const seen = after.asked;
    await eventually('it was asked on', () => after.asked > seen + 3);
    expect(before.asked).toBe(asked);
  });

  it('counts a gateway that drains for as long as it answers', async () => {
    const { keda, gateways } = await aScaler();
    const [draining, staying] = [await aGateway(), await aGateway()];
    draining.states({ 'yarn-4': { running: 1 } });
    gateways.are(draining.known, staying.known);
    await eventually('it is active', () => keda.isActive(YARN).catch(() => false));
    gateways.are({ ...draining.known, isReady: false }, staying.known);
    const asked = draining.asked;
    await eventually('it is still asked', () => draining.asked > asked + 1);
    expect(await keda.isActive(YARN)).toBe(true);
    draining.states({});
    await eventually('its last request has ended', async () => !(await keda.isActive(YARN)));
  });
});

describe('a gateway that answers nonsense', () => {
  it.each([
    ['no JSON', '<html>', 200, 'unreadable', 'something that is no JSON'],
    [
      'half of a page',
      '{"version":1,"pools":{"yarn-4":{"parked":1}}}',
      200,
      'unreadable',
      'pools.yarn-4.parked_tokens',
    ],
    ['another status', '{}', 404, 'refused', 'answers 404 to GET /demand'],
  ])('(%s) counts as silent, is logged once and counted', async (_, text, status, answer, sentence) => {
    const { keda, gateways, scaler, logged } = await aScaler();
    const gateway = await aGateway();
    gateway.states({ 'yarn-4': { parked: 1, parked_tokens: 500 } });
    gateways.are(gateway.known);
    await eventually('it is counted', async () => (await keda.metric(YARN, DEMAND).catch(() => 0)) === 500);
    gateway.answers(text, status);
    await eventually('several were noted', async () => {
      const [, count] =
        new RegExp(`polls_total{answer="${answer}"} (\\d+)`).exec(await metricsOf(scaler.opsPort)) ?? [];
      return Number(count) > 2;
    });
    expect(await keda.metric(YARN, DEMAND)).toBe(500);
    expect(logged.filter((line) => line.includes(sentence))).toHaveLength(1);
  });
});

describe('a trigger that is wrong', () => {
  it.each([
    [{ pool: 'yarn-8' }, 'NOT_FOUND', 'no pool is called `yarn-8`; there are default, yarn-4'],
    [{}, 'INVALID_ARGUMENT', "the trigger's metadata must say `pool`: default, yarn-4"],
  ])('(%j) is told so in a sentence, by every call', async (metadata, status, sentence) => {
    const { keda } = await aScaler();
    const calls = [keda.isActive(metadata), keda.metric(metadata, DEMAND), keda.metricSpecs(metadata)];
    expect(await Promise.all(calls.map((call) => keda.refusal(call)))).toEqual(
      Array(3).fill([status, sentence]),
    );
    expect(await keda.stream(metadata).ended).toBe(status);
  });

  it('is refused for a target that is none, and for a metric nobody knows', async () => {
    const { keda, gateways } = await aScaler();
    const gateway = await aGateway();
    gateways.are(gateway.known);
    await eventually('it is answered', async () => (await keda.isActive(YARN).catch(() => null)) !== null);
    expect(await keda.refusal(keda.metricSpecs({ ...YARN, targetTokens: 'many' }))).toEqual([
      'INVALID_ARGUMENT',
      "the trigger's `targetTokens` must be a number above 0, not `many`",
    ]);
    expect(await keda.refusal(keda.metric(YARN, 's0-qps'))).toEqual([
      'INVALID_ARGUMENT',
      'no metric is called `qps`; there are demand_tokens, kv_usage',
    ]);
  });

  it('without an object at all is refused', async () => {
    const { keda } = await aScaler();
    expect(await keda.refusal(keda.call('GetMetrics', { metricName: DEMAND }))).toEqual([
      'INVALID_ARGUMENT',
      expect.stringContaining('must say `pool`'),
    ]);
  });
});

it('shows at /metrics what it tells KEDA', async () => {
  const { keda, gateways, scaler } = await aScaler();
  const gateway = await aGateway();
  gateway.states({ 'yarn-4': { parked: 1, parked_tokens: 90_040 } });
  gateways.are(gateway.known);
  await eventually('it is counted', async () => (await keda.metric(YARN, DEMAND).catch(() => 0)) === 60_000);
  await keda.refusal(keda.isActive({ pool: 'yarn-8' }));
  const page = await metricsOf(scaler.opsPort);
  for (const line of [
    'ropeway_scaler_whole 1',
    'ropeway_scaler_demand_tokens{pool="yarn-4"} 90040',
    'ropeway_scaler_demand_tokens{pool="default"} 0',
    'ropeway_scaler_pool_active{pool="yarn-4"} 1',
    'ropeway_scaler_answers_total{method="IsActive",status="NOT_FOUND"} 1',
  ]) {
    expect(page).toContain(line);
  }
});

async function metricsOf(opsPort: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
}
