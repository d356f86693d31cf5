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

it('the first command for each node of the cluster is answered', async () => {
  // Many, each with its own first commands: how far a connection to a node is then is a matter of chance.
  for (let turn = 0; turn < 20; turn++) {
    await using fresh = freshConnection();
    await once(fresh.connection, 'ready');
    const asked = KEYS_OF_ALL_NODES.flatMap((key) => [key, key]).map((key) =>
      fresh.connection.callBuffer('get', `${key}:${turn}`),
    );
    expect(await Promise.all(asked)).toEqual(asked.map(() => null));
  }
});

it('what is asked of a cluster that is not there yet fails at once, and is not sent later', async () => {
  await using fresh = freshConnection();
  const key = `{${uniquePrefix()}}early`;
  await expect(fresh.connection.set(key, '1')).rejects.toThrow('not there');
  await once(fresh.connection, 'ready');
  expect(await fresh.connection.get(key)).toBeNull();
});

it('a new connection asked for while the first is made does not end both', async () => {
  await using fresh = freshConnection();
  fresh.connection.disconnect(true);
  await once(fresh.connection, 'ready', { signal: AbortSignal.timeout(30_000) });
});

it('a connection closed at any moment ends', async () => {
  const moments = ['connecting', '+node', 'connect', 'ready'] as const;
  for (const moment of moments) {
    const { connection: closing } = freshConnection();
    const ended = once(closing, 'end', { signal: AbortSignal.timeout(30_000) });
    await once(closing, moment);
    closing.disconnect();
    await ended;
  }
});

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

function freshConnection() {
  // The other nodes are heard of from this one, when it is nearly ready.
  const options = {
    urls: cluster.urls.slice(0, 1),
    isCluster: true,
    username: null,
    password: null,
    ca: null,
  };
  const connection = connectRedis(options, () => {});
  return { connection, [Symbol.asyncDispose]: async () => connection.disconnect() };
}

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

/** Until both know of each other. */
async function untilShared(limiter: Limiter): Promise<void> {
  const deadline = AbortSignal.timeout(30_000);
  while (limiter.stats().mode !== 'redis' || limiter.stats().replicas !== 2) {
    deadline.throwIfAborted();
    await sleep(20);
  }
}

/** One of each third of the slots: 3,300, 7,365 and 11,298. */
const KEYS_OF_ALL_NODES = ['{b}', '{c}', '{d}'];
const SPENDER = { tenant: 'acme', isStrict: false, isPrepaid: false };
const DAY_RATE = dayRate(100);
