import { once } from 'node:events';
import { afterAll, beforeAll } from '@jest/globals';
import { uniquePrefix } from '../../../../test/servers/shared-servers.ts';
import { startRedisCluster, type TestRedisCluster } from '../../../../test/servers/start-redis-cluster.ts';
import { limiterContract } from '../limiter.contract.ts';
import { connectRedis } from './connect-redis.ts';
import { RedisLimiter } from './redis-limiter.ts';

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

limiterContract('RedisLimiter on a cluster of three', (clock, truth) => {
  const limiter = new RedisLimiter({
    connection,
    commandTimeoutMs: 5_000,
    keyPrefix: `${uniquePrefix()}:`,
    leaseMs: 30_000,
    heartbeatMs: 10_000,
    meterTokens: 256,
    meterMs: 1_000,
    truth,
    now: () => ({ us: clock.nowUs, wallMs: clock.wallMs }),
  });
  return { limiter, dispose: () => limiter.close() };
});
