import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { uniquePrefix } from '../../../../test/servers/shared-servers.ts';
import { startRedisCluster, type TestRedisCluster } from '../../../../test/servers/start-redis-cluster.ts';
import { dayRate } from '../day-rate.contract.ts';
import { limiterContract } from '../limiter.contract.ts';
import type { Limiter } from '../limiter.ts';
import { openLimiter } from '../open-limiter.ts';
import { connectRedis } from './connect-redis.ts';
import { limiterOn } from './limiter-on.contract.ts';

let cluster: TestRedisCluster;
let connection: ReturnType<typeof connectRedis>;

beforeAll(async () => {
  cluster = await startRedisCluster();
  const options = { urls: cluster.urls, isCluster: true, username: null, password: null, ca: null };
  connection = connectRedis(options, () => {});
  await once(connection, 'ready');
});

afterAll(async () => {
  connection.disconnect();
  await cluster.stop();
});

limiterContract(
  'RedisLimiter on a cluster of three',
  limiterOn(() => connection),
);

it('limiters as gateways open them grant exactly 100 of 2,000 racers on a cluster of three', async () => {
  const keyPrefix = `${uniquePrefix()}:`;
  const two = [openAsGateway(keyPrefix), openAsGateway(keyPrefix)];
  try {
    for (const limiter of two) await untilShared(limiter);
    const racers = Array.from({ length: 2_000 }, async (_, at) => two[at % 2]?.take(SPENDER, [DAY_RATE]));
    const decisions = await Promise.all(racers);
    expect(decisions.filter((decision) => decision?.granted)).toHaveLength(100);
    expect(two.map((limiter) => limiter.stats().mode)).toEqual(['redis', 'redis']);
  } finally {
    await Promise.all(two.map((limiter) => limiter.close()));
  }
});

/** With a deadline for a machine that is shared by tests. */
function openAsGateway(keyPrefix: string): Limiter {
  const address = { urls: cluster.urls, isCluster: true, username: null, password: null, ca: null };
  const away = { commandTimeoutMs: 10_000, breakerFailures: 5, breakerProbeMs: 200, strictAfterMs: 300_000 };
  return openLimiter({
    redis: { ...address, ...away, keyPrefix },
    limits: { leaseMs: 30_000, heartbeatMs: 10_000, meterTokens: 256, meterMs: 1_000 },
    truth: null,
    replicaFile: null,
    onNotKept: () => {},
    onError: () => {},
  });
}

/**
 * Until it knows of both, and the tenant's own node answers: a connection to a node is made by the first command for it, which
 * fails, and what is not answered is granted locally.
 */
async function untilShared(limiter: Limiter): Promise<void> {
  const deadline = AbortSignal.timeout(30_000);
  const isAnswered = async () => {
    const { errors } = limiter.stats();
    await limiter.standings(SPENDER, [DAY_RATE]);
    return limiter.stats().errors === errors;
  };
  while (!(await isAnswered()) || limiter.stats().mode !== 'redis' || limiter.stats().replicas !== 2) {
    deadline.throwIfAborted();
    await sleep(20);
  }
}

const SPENDER = { tenant: 'acme', isStrict: false, isPrepaid: false };
const DAY_RATE = dayRate(100);
