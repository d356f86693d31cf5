// The arithmetic of rates is written twice, in TypeScript and in Lua: to the last microsecond the same, whatever the limits are and
// however often they are changed. What a history ought to come to is asked in limiter.contract.ts.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Limiter, RateCharge, Reservation, Spender } from '../limiter.ts';
import { MemoryLimiter } from '../memory-limiter.ts';
import { limiterOn, redisOfTests } from './limiter-on.contract.ts';

const SPENDER: Spender = { tenant: 'acme', isStrict: false, isPrepaid: false };

const connection = redisOfTests();

const rates = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 90_000_000 })),
  burst: fc.integer({ min: 1, max: 5_000 }),
});
const threeRates = fc.uniqueArray(rates, { minLength: 3, maxLength: 3, selector: ({ limit }) => limit });
const steps = fc.array(
  fc.record({
    us: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 }), fc.nat(90_000_000)),
    rate: fc.nat(2),
    does: fc.constantFrom('look', 'take', 'hold', 'settle'),
    units: fc.integer({ min: 1, max: 900 }),
    id: fc.nat(3),
  }),
  { minLength: 1, maxLength: 40 },
);

it('counts rates in Redis as in memory', async () => {
  await fc.assert(
    fc.asyncProperty(threeRates, steps, async (three, history) => {
      const clock = { nowUs: 1_000_000_000, wallMs: Date.now() };
      const shared = await limiterOn(connection)(clock, null);
      const both = [shared.limiter, new MemoryLimiter({ nowUs: () => clock.nowUs })];
      const held = new Map<number, readonly { settle: () => void }[]>();
      let names = 0;
      for (const { us, rate, does, units, id } of history) {
        clock.nowUs += us;
        const { limit, burst } = three[rate] ?? { limit: 1, burst: 1 };
        const charge = charged({ limit, burst, fixed: Math.min(units, burst) });
        if (does === 'take') await bothSay(both, async (one) => (await one.take(SPENDER, [charge])).granted);
        if (does === 'hold' && !held.has(id)) {
          const reservations = await bothReserve(both, `request-${names++}`, charge);
          if (reservations !== null) {
            const used = { ...charge, fixed: Math.floor(charge.fixed / 3) };
            const ends = reservations.map((one) => ({
              settle: () => one.settle({ charges: [used], outputTokens: 0 }),
            }));
            held.set(id, ends);
          }
        }
        if (does === 'settle') {
          for (const one of held.get(id) ?? []) one.settle();
          held.delete(id);
        }
        await bothSay(both, (one) => one.standings(SPENDER, [charge]));
      }
      await shared.dispose();
    }),
    { numRuns: 60 },
  );
});

async function bothReserve(
  both: readonly Limiter[],
  requestId: string,
  charge: RateCharge,
): Promise<readonly Reservation[] | null> {
  const ask = { spender: SPENDER, requestId, charges: [charge], outputTokens: 0, taken: [] };
  const decisions = await Promise.all(both.map(async (one) => one.reserve(ask)));
  const granted = decisions.filter((decision) => decision.granted);
  expect([0, both.length]).toContain(granted.length);
  return granted.length === 0 ? null : granted.map(({ reservation }) => reservation);
}

async function bothSay(both: readonly Limiter[], asked: (one: Limiter) => Promise<unknown>): Promise<void> {
  const [shared, memory] = await Promise.all(both.map(asked));
  expect(shared).toEqual(memory);
}

function charged({ limit, burst, fixed }: { limit: number; burst: number; fixed: number }): RateCharge {
  const rate = { limit, periodMs: 60_000, burst };
  const bucket = 'tenant:input_tokens';
  return { type: 'rate', kind: 'input_tokens', scope: 'tenant', bucket, fixed, perOutput: 0, rate };
}
