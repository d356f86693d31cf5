// The limiter of the contract on a real Redis, whichever it is.
import { afterAll, beforeAll } from '@jest/globals';
import { testRedisUrl, uniquePrefix } from '../../../../test/servers/shared-servers.ts';
import { CONTRACT_LEASE_MS, type MakeLimiter } from '../limiter.contract.ts';
import { connectRedis } from './connect-redis.ts';
import { RedisLimiter } from './redis-limiter.ts';

/** One to the Redis of the tests, for all of a file; call outside of any test. */
export function redisOfTests(): () => ReturnType<typeof connectRedis> {
  let connection: ReturnType<typeof connectRedis>;
  beforeAll(async () => {
    const urls = [await testRedisUrl()];
    connection = connectRedis({ urls, isCluster: false, username: null, password: null, ca: null }, () => {});
    await new Promise((resolve) => connection.once('ready', resolve));
  });
  afterAll(() => connection.disconnect());
  return () => connection;
}

/** `connection`: asked for when a limiter is made, for it is not there before. */
export function limiterOn(connection: () => ReturnType<typeof connectRedis>): MakeLimiter {
  return (clock, truth) => {
    const options = {
      connection: connection(),
      // The machine that runs the tests may stop for longer than a gateway would wait.
      commandTimeoutMs: 5_000,
      keyPrefix: `${uniquePrefix()}:`,
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
  };
}
