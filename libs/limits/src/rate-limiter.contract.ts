// What every rate limiter promises, whatever keeps its buckets. Run by <implementation>.contract-spec.ts.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RateDecision, RateLimit } from './rate-limiter.ts';

/** A limiter that may answer later, as one over a network does. */
export interface AnyRateLimiter {
  take(bucket: string, limit: RateLimit, cost: number): RateDecision | Promise<RateDecision>;
}

/** Set by the test; whole microseconds. */
export interface TestClock {
  nowUs: number;
}

export type MakeRateLimiter = (clock: TestClock) => AnyRateLimiter | Promise<AnyRateLimiter>;

const MINUTE: RateLimit = { limit: 60, periodMs: 60_000, burst: 10 };
/** Limits whose unit is no whole number of microseconds are among them. */
const limits = fc.record({
  limit: fc.integer({ min: 1, max: 5_000 }),
  periodMs: fc.constantFrom(1_000, 60_000, 86_400_000),
  burst: fc.integer({ min: 1, max: 50 }),
});
const steps = fc.array(
  fc.record({ pauseUs: fc.integer({ min: 0, max: 20_000_000 }), cost: fc.integer({ min: 1, max: 12 }) }),
  { minLength: 1, maxLength: 120 },
);

export function rateLimiterContract(name: string, make: MakeRateLimiter): void {
  describe(`${name} keeps the contract of a rate limiter`, () => {
    it('grants exactly the burst at once, then refuses', async () => {
      const { grants } = await start(make);
      expect(await grants(15, 1)).toBe(10);
    });

    it('grants exactly 100 to 2,000 racers on a day-long limit of 100', async () => {
      const limiter = await make({ nowUs: 0 });
      const limit = { limit: 100, periodMs: 86_400_000, burst: 100 };
      const racers = Array.from({ length: 2_000 }, async () => limiter.take('key', limit, 1));
      expect((await Promise.all(racers)).filter(({ granted }) => granted)).toHaveLength(100);
    });

    it('counts down what remains and grants that many more', async () => {
      const { limiter, grants } = await start(make);
      const first = await limiter.take('key', MINUTE, 3);
      expect(first).toMatchObject({ granted: true, limit: 60, remaining: 7, resetMs: 3_000 });
      expect(await grants(20, 1)).toBe(7);
    });

    it('keeps buckets apart', async () => {
      const { limiter, grants } = await start(make);
      await grants(10, 1);
      expect((await limiter.take('another', MINUTE, 10)).granted).toBe(true);
    });

    it('says never to what costs more than the burst, and takes nothing', async () => {
      const { limiter, grants } = await start(make);
      expect(await limiter.take('key', MINUTE, 11)).toMatchObject({
        granted: false,
        retryAfterMs: Number.POSITIVE_INFINITY,
      });
      expect(await grants(20, 1)).toBe(10);
    });

    it('never admits more than limit + burst in any window of one period', async () => {
      await fc.assert(
        fc.asyncProperty(limits, steps, async (limit, taken) => {
          const admitted = await admissions(make, limit, taken);
          for (const { atUs } of admitted) {
            const endUs = atUs + limit.periodMs * 1_000;
            const inWindow = admitted.filter((other) => other.atUs >= atUs && other.atUs < endUs);
            const cost = inWindow.reduce((sum, other) => sum + other.cost, 0);
            expect(cost).toBeLessThanOrEqual(limit.limit + limit.burst);
          }
        }),
      );
    });

    it('rounds to whole microseconds in favour of the limit', async () => {
      const clock = { nowUs: 0 };
      const limiter = await make(clock);
      const limit = { limit: 7, periodMs: 0.02, burst: 3 };
      let admitted = 0;
      for (; clock.nowUs < 2_000; clock.nowUs++) {
        if ((await limiter.take('key', limit, 1)).granted) admitted++;
      }
      expect(admitted).toBeLessThanOrEqual(100 * limit.limit + limit.burst);
    });

    it('loses nothing to denials: what they asked is still there', async () => {
      await fc.assert(
        fc.asyncProperty(limits, steps, async (limit, taken) => {
          const admitted = await admissions(make, limit, taken);
          const replayed = await admissions(make, limit, withoutDenied(taken, admitted));
          expect(replayed).toEqual(admitted);
        }),
      );
    });

    it('names the exact wait: granted then, refused one microsecond before', async () => {
      await fc.assert(
        fc.asyncProperty(limits, fc.integer({ min: 1, max: 50 }), async (limit, asked) => {
          const cost = Math.min(asked, limit.burst);
          const { clock, limiter } = await start(make);
          await limiter.take('key', limit, limit.burst);
          const denied = await limiter.take('key', limit, cost);
          if (denied.granted) throw new TypeError('an empty bucket granted');
          clock.nowUs += Math.round(denied.retryAfterMs * 1_000) - 1;
          expect((await limiter.take('key', limit, cost)).granted).toBe(false);
          clock.nowUs += 1;
          expect((await limiter.take('key', limit, cost)).granted).toBe(true);
        }),
      );
    });
  });
}

interface Admission {
  readonly step: number;
  readonly atUs: number;
  readonly cost: number;
}

type Step = { readonly pauseUs: number; readonly cost: number };

async function start(make: MakeRateLimiter) {
  const clock = { nowUs: 1_000_000 };
  const limiter = await make(clock);
  const grants = async (times: number, cost: number): Promise<number> => {
    let granted = 0;
    for (let turn = 0; turn < times; turn++) {
      if ((await limiter.take('key', MINUTE, cost)).granted) granted++;
    }
    return granted;
  };
  return { clock, limiter, grants };
}

async function admissions(
  make: MakeRateLimiter,
  limit: RateLimit,
  taken: readonly Step[],
): Promise<Admission[]> {
  const { clock, limiter } = await start(make);
  const admitted: Admission[] = [];
  for (const [step, { pauseUs, cost }] of taken.entries()) {
    clock.nowUs += pauseUs;
    if (cost === 0) continue;
    if ((await limiter.take('key', limit, cost)).granted) admitted.push({ step, atUs: clock.nowUs, cost });
  }
  return admitted;
}

/** The same pauses, without the takes that were refused. */
function withoutDenied(taken: readonly Step[], admitted: readonly Admission[]): Step[] {
  const granted = new Set(admitted.map(({ step }) => step));
  return taken.map(({ pauseUs, cost }, step) => ({ pauseUs, cost: granted.has(step) ? cost : 0 }));
}
