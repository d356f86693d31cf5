import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askRedis } from './ask-redis.ts';
import { startRedis, type TestRedis } from './start-redis.ts';

describe('startRedis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('answers on its port', async () => {
    expect(await askRedis(redis.port, 'PING')).toBe('PONG');
  });

  it('passes options on', async () => {
    const other = await startRedis({ args: ['--maxmemory', '2mb'] });
    expect(await askRedis(other.port, 'INFO memory')).toContain('maxmemory:2097152');
    await other.stop();
  });

  it('answers nothing while paused, and answers again after', async () => {
    redis.pause();
    await expect(askRedis(redis.port, 'PING', 300)).rejects.toThrow('silent');
    redis.resume();
    expect(await askRedis(redis.port, 'PING')).toBe('PONG');
  });

  it('refuses once killed, and comes back empty on the same port', async () => {
    const { pid } = redis;
    await askRedis(redis.port, 'SET held 1');
    await redis.kill9();
    await expect(askRedis(redis.port, 'PING')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await redis.restart();
    expect(redis.pid).not.toBe(pid);
    expect(await askRedis(redis.port, 'DBSIZE')).toBe('0');
  });

  it('says why it does not start', async () => {
    await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow('no-such-option');
  });

  it('is gone once stopped, even when paused', async () => {
    const other = await startRedis();
    other.pause();
    await other.stop();
    expect(() => process.kill(other.pid, 0)).toThrow('ESRCH');
  });
});
