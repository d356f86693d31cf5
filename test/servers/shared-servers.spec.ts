import { PGlite } from '@electric-sql/pglite';
import { expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { newEmbeddedFolder, newTestDatabase, testRedisUrl, uniquePrefix } from './shared-servers.ts';

it('gives every test file the same Redis', async () => {
  const [one, two] = await Promise.all([testRedisUrl(), testRedisUrl()]);
  expect(one).toBe(two);
  const redis = new Redis(one);
  expect(await redis.set(`${uniquePrefix()}:held`, '1', 'EX', 10)).toBe('OK');
  redis.disconnect();
});

it('gives every call a database of its own, which goes even while somebody is connected', async () => {
  const [one, two] = await Promise.all([newTestDatabase(), newTestDatabase()]);
  expect(one.url).not.toBe(two.url);
  const client = new pg.Client({ connectionString: one.url });
  // The reason first, then the lost connection.
  const reasons: Error[] = [];
  client.on('error', (error) => reasons.push(error));
  await client.connect();
  await Promise.all([one.drop(), two.drop()]);
  await expect(client.query('SELECT 1')).rejects.toThrow();
  expect(reasons[0]).toMatchObject({ code: '57P01' });
});

it('makes prefixes that are fit for a database, a channel and a Redis key', () => {
  expect(uniquePrefix()).toMatch(/^t_[0-9a-f]{16}$/);
});

it('gives every call a PGlite folder of its own', async () => {
  const one = await newEmbeddedFolder();
  const two = await newEmbeddedFolder();
  const first = new PGlite(one.folder);
  await first.exec('CREATE TABLE held (id int)');
  await first.close();
  const second = new PGlite(two.folder);
  expect((await second.query("SELECT to_regclass('held') AS found")).rows).toEqual([{ found: null }]);
  await second.close();
  one.remove();
  two.remove();
});
