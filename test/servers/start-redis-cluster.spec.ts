import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Cluster } from 'ioredis';
import { askRedis } from './ask-redis.ts';
import { startRedisCluster, type TestRedisCluster } from './start-redis-cluster.ts';

let cluster: TestRedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster.stop());

it('has a master for every slot', async () => {
  for (const node of cluster.nodes) {
    expect(await askRedis(node.port, 'CLUSTER INFO')).toContain('cluster_slots_ok:16384');
  }
});

it('refuses what lies in two slots, and takes what shares a hash tag', async () => {
  const [url = ''] = cluster.urls;
  const client = new Cluster([url]);
  await expect(client.mset('a', '1', 'b', '2')).rejects.toThrow(/slot/i);
  expect(await client.mset('{t}:a', '1', '{t}:b', '2')).toBe('OK');
  client.disconnect();
});

it('spreads tenants over its masters', async () => {
  const [url = ''] = cluster.urls;
  const client = new Cluster([url]);
  for (let i = 0; i < 32; i++) await client.set(`{tenant-${i}}:held`, '1');
  const sizes = await Promise.all(cluster.nodes.map((node) => askRedis(node.port, 'DBSIZE')));
  expect(sizes.map(Number).every((size) => size > 0)).toBe(true);
  client.disconnect();
});
