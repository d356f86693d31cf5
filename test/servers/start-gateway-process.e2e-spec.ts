import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startVllmSim, type VllmSim } from '#vllm-sim';
import { makeKey } from '../e2e/harness/keys.ts';
import { newMigratedDatabase } from './migrated-database.ts';
import { type TestDatabase, testRedisUrl, uniquePrefix } from './shared-servers.ts';
import { type RunningGateway, startGatewayProcess } from './start-gateway-process.ts';

const key = makeKey();

async function ask(gateway: RunningGateway): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.text}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'qwq-32b', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 4 }),
  });
  await response.text();
  return response.status;
}

describe('startGatewayProcess', () => {
  let sim: VllmSim;
  let database: TestDatabase;
  let one: RunningGateway;
  let two: RunningGateway;

  beforeAll(async () => {
    sim = await startVllmSim({ servedNames: ['QwQ-32B'], windowTokens: 1_024 });
    database = await newMigratedDatabase();
    const pool = { name: 'default', model: 'qwq-32b', rope: { type: 'default' }, windowTokens: 1_024 };
    const settings = {
      workers: { compareCounts: false },
      models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B' }],
      pools: [{ ...pool, workers: [sim.url] }],
      keys: [key.declaration],
      database: { url: database.url },
      redis: { urls: [await testRedisUrl()], keyPrefix: `${uniquePrefix()}:` },
    };
    [one, two] = await Promise.all([startGatewayProcess({ settings }), startGatewayProcess({ settings })]);
  });
  afterAll(async () => {
    await Promise.all([one?.stop(), two?.stop()]);
    await Promise.all([sim.close(), database.drop()]);
  });

  it('starts two on one Redis and one PostgreSQL, each with metrics of its own', async () => {
    expect([await ask(one), await ask(two), await ask(two)]).toEqual([200, 200, 200]);
    const [first, second] = await Promise.all([one.metrics(), two.metrics()]);
    expect(first.sum('ropeway_requests_total')).toBe(1);
    expect(second.sum('ropeway_requests_total')).toBe(2);
  });

  it('lets one be killed and come back on the same address, while the other answers', async () => {
    const { pid, url } = one;
    await one.kill9();
    await expect(ask(one)).rejects.toThrow();
    expect(await ask(two)).toBe(200);
    await one.restart();
    expect(one.pid).not.toBe(pid);
    expect(one.url).toBe(url);
    expect(await ask(one)).toBe(200);
  });

  it('keeps what it logged, before a restart too', () => {
    expect(one.logged('listening')).toHaveLength(2);
  });
});
