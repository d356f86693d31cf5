import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { testRedisUrl, uniquePrefix } from '../../../../test/servers/shared-servers.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { RedisStore } from '../redis/redis-store.ts';
import { ReplicaCount } from './replica-count.ts';

describe('ReplicaCount', () => {
  let connection: ReturnType<typeof connectRedis>;
  let admin: Redis;
  let nowMs = 0;

  beforeAll(async () => {
    const urls = [await testRedisUrl()];
    admin = new Redis(await testRedisUrl());
    connection = connectRedis({ urls, isCluster: false, username: null, password: null, ca: null }, () => {});
    await once(connection, 'ready');
  });
  afterAll(() => {
    connection.disconnect();
    admin.disconnect();
  });

  const countOn = (keyPrefix: string) => {
    const store = new RedisStore({ connection, commandTimeoutMs: 30_000 });
    return new ReplicaCount({ store, keyPrefix, file: null, nowMs: () => nowMs });
  };

  it('believes a larger number at once', async () => {
    const keyPrefix = uniquePrefix();
    const [one, two] = [countOn(keyPrefix), countOn(keyPrefix)];
    await one.tell();
    expect(one.known).toBe(1);
    await two.tell();
    await one.tell();
    expect([one.known, two.known]).toEqual([2, 2]);
  });

  it('does not take a Redis that came back empty for the end of all others', async () => {
    const keyPrefix = uniquePrefix();
    const [one, two] = [countOn(keyPrefix), countOn(keyPrefix)];
    await two.tell();
    await one.tell();
    await admin.del(`${keyPrefix}replicas`);
    await one.tell();
    expect(one.known).toBe(2);
    nowMs += 15_000;
    await one.tell();
    expect(one.known).toBe(1);
  });
});
