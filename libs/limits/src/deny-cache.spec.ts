import { expect, it } from '@jest/globals';
import { DenyCache } from './deny-cache.ts';
import type { Denial, RateCharge, Standing } from './limiter.ts';

const rate = { limit: 10, periodMs: 60_000, burst: 10 };
const charge = (scope: 'tenant' | 'key', bucket: string): RateCharge => ({
  type: 'rate',
  kind: 'requests',
  scope,
  bucket,
  fixed: 1,
  perOutput: 0,
  rate,
});
const standing = (scope: 'tenant' | 'key', remaining: number): Standing => ({
  kind: 'requests',
  scope,
  unit: null,
  limit: 10,
  remaining,
  resetMs: 1_000,
});
const OF_TENANT = charge('tenant', 'tenant:requests');
const [OF_A, OF_B] = [charge('key', 'key:a:requests'), charge('key', 'key:b:requests')];

/** Key `a` was denied by the limit with this place among its two. */
function deniedBy(at: 0 | 1): DenyCache {
  const cache = new DenyCache();
  const standings = [standing('tenant', 0), standing('key', 7)];
  const denied = standings[at] ?? standing('tenant', 0);
  const denial: Denial = { granted: false, why: 'later', denied, retryAfterMs: 500, standings };
  const views = [0, 1].map((one) => ({ waitMs: one === at ? 500 : 0, remaining: 0, resetMs: 1_000 }));
  cache.remember('acme', [OF_TENANT, OF_A], [1, 1], { views, denial, nowMs: 0 });
  return cache;
}

it('denies another key of the tenant by the limit they share, and does not tell it how the first one stands', () => {
  const found = deniedBy(0).find('acme', [OF_TENANT, OF_B], [1, 1], 100);
  expect(found).toMatchObject({ why: 'later', retryAfterMs: 400, denied: { scope: 'tenant' } });
  expect(found?.why === 'later' && found.standings).toEqual([standing('tenant', 0)]);
});

it('denies a key by its own limit, with all that it was told', () => {
  const cache = deniedBy(1);
  expect(cache.find('acme', [OF_TENANT, OF_A], [1, 1], 100)).toMatchObject({
    standings: [standing('tenant', 0), standing('key', 7)],
  });
  expect(cache.find('acme', [OF_TENANT, OF_B], [1, 1], 100)).toBeNull();
});

it('lets what is cheaper be asked for, and the same once its time has come', () => {
  const cache = deniedBy(0);
  expect(cache.find('acme', [OF_TENANT, OF_A], [0, 1], 100)).toBeNull();
  expect(cache.find('acme', [OF_TENANT, OF_A], [1, 1], 500)).toBeNull();
});
