import type { RateCharge } from './limiter.ts';

/** So slow that nothing drains while a test runs. */
export function dayRate(limit: number): RateCharge {
  const rate = { limit, periodMs: 86_400_000, burst: limit };
  return {
    type: 'rate',
    kind: 'requests',
    scope: 'tenant',
    bucket: 'tenant:requests',
    fixed: 1,
    perOutput: 0,
    rate,
  };
}
