import { afterAll, beforeAll } from '@jest/globals';
import { testRedisUrl, uniquePrefix } from '../../../../test/servers/shared-servers.ts';
import { limiterContract } from '../limiter.contract.ts';
import { connectRedis } from './connect-redis.ts';
import { RedisLimiter } from './redis-limiter.ts';

let connection: ReturnType<typeof connectRedis>;

beforeAll(async () => {
  const urls = [await testRedisUrl()];
  connection = connectRedis({ urls, isCluster: false, username: null, password: null, ca: null }, () => {});
  await new Promise((resolve) => connection.once('ready', resolve));
});

afterAll(() => connection.disconnect());

limiterContract('RedisLimiter', (clock, truth) => {
  const limiter = new RedisLimiter({
    connection,
    // The machine that runs the tests may stop for longer than a gateway would wait.
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
