import { describe, expect, it } from '@jest/globals';
import { MemoryRateLimiter } from './memory-rate-limiter.ts';

const LIMIT = { limit: 60, periodMs: 60_000, burst: 2 };

describe('MemoryRateLimiter', () => {
  it('forgets buckets that are full again, as new ones come', () => {
    const clock = { nowUs: 0 };
    const limiter = new MemoryRateLimiter({ nowUs: () => clock.nowUs });
    for (let key = 0; key < 1_000; key++) limiter.take(`early-${key}`, LIMIT, 1);
    clock.nowUs += 2_000_000;
    for (let key = 0; key < 1_000; key++) limiter.take(`late-${key}`, LIMIT, 1);
    expect(limiter.size).toBe(1_000);
  });

  it('never remembers more buckets than it may, however many are in use', () => {
    const limiter = new MemoryRateLimiter({ nowUs: () => 0, maxBuckets: 100 });
    for (let key = 0; key < 10_000; key++) limiter.take(`key-${key}`, LIMIT, 1);
    expect(limiter.size).toBe(100);
  });

  it('does not forget a bucket in use while there is room', () => {
    const limiter = new MemoryRateLimiter({ nowUs: () => 0 });
    limiter.take('busy', LIMIT, 2);
    for (let key = 0; key < 1_000; key++) limiter.take(`key-${key}`, LIMIT, 1);
    expect(limiter.take('busy', LIMIT, 1).granted).toBe(false);
  });

  it('runs on the monotonic clock by default', () => {
    const limiter = new MemoryRateLimiter();
    const day = { limit: 1, periodMs: 86_400_000, burst: 1 };
    expect([limiter.take('key', day, 1).granted, limiter.take('key', day, 1).granted]).toEqual([true, false]);
  });
});
