import { afterAll, beforeAll } from '@jest/globals';
import { testRedisUrl, uniquePrefix } from '../../../../test/servers/shared-servers.ts';
import { CONTRACT_LEASE_MS, limiterContract } from '../limiter.contract.ts';
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
  const keyPrefix = `${uniquePrefix()}:`;
  const options = {
    connection,
    // The machine that runs the tests may stop for longer than a gateway would wait.
    commandTimeoutMs: 5_000,
    keyPrefix,
    leaseMs: CONTRACT_LEASE_MS,
    heartbeatMs: 10_000,
    meterTokens: 256,
    meterMs: 1_000,
    truth,
    now: () => ({ us: clock.nowUs, wallMs: clock.wallMs }),
  };
  let running = new RedisLimiter(options);
  const crash = async () => {
    await running.close();
    running = new RedisLimiter(options);
    return running;
  };
  return { limiter: running, dispose: () => running.close(), crash };
});
