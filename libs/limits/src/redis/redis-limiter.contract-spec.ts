import { afterAll, beforeAll } from '@jest/globals';
import { testRedisUrl } from '../../../../test/servers/shared-servers.ts';
import { limiterContract } from '../limiter.contract.ts';
import { connectRedis } from './connect-redis.ts';
import { limiterOn } from './limiter-on.contract.ts';

let connection: ReturnType<typeof connectRedis>;

beforeAll(async () => {
  const urls = [await testRedisUrl()];
  connection = connectRedis({ urls, isCluster: false, username: null, password: null, ca: null }, () => {});
  await new Promise((resolve) => connection.once('ready', resolve));
});

afterAll(() => connection.disconnect());

limiterContract(
  'RedisLimiter',
  limiterOn(() => connection),
);
