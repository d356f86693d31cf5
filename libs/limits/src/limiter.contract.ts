// What every limiter promises, whatever keeps its counters. Run by <implementation>.contract-spec.ts.
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { askedAmount, usedAmount } from './amounts.ts';
import type {
  BudgetCharge,
  BudgetTruth,
  Charge,
  Limiter,
  PlaceCharge,
  RateCharge,
  Reservation,
  ReserveAsk,
  Spender,
  Standing,
} from './limiter.ts';
import { ReferenceRate, ReferenceSum } from './limiter-reference.contract.ts';

/** Set by the test. */
interface LimitsClock {
  /** Whole microseconds; only differences count. */
  nowUs: number;
  wallMs: number;
}

interface LimiterUnderTest {
  readonly limiter: Limiter;
  dispose(): Promise<void>;
  /** Where counters outlive a process: drops the limiter with all it holds, and gives another one on the same counters. */
  crash?(): Promise<Limiter>;
}

/** Of limiters under test that can crash. */
export const CONTRACT_LEASE_MS = 30_000;

export type MakeLimiter = (
  clock: LimitsClock,
  truth: BudgetTruth | null,
) => LimiterUnderTest | Promise<LimiterUnderTest>;

const NORMAL: Spender = { tenant: 'acme', isStrict: false, isPrepaid: false };
const STRICT: Spender = { ...NORMAL, isStrict: true };
const PREPAID: Spender = { ...NORMAL, isPrepaid: true };
const SECOND_US = 1_000_000;
const DAY_MS = 86_400_000;

export function limiterContract(name: string, make: MakeLimiter): void {
  const made: LimiterUnderTest[] = [];
  const start = async (truth: BudgetTruth | null = null) => {
    const clock = { nowUs: 1_000 * SECOND_US, wallMs: Date.now() };
    const underTest = await make(clock, truth);
    made.push(underTest);
    return new Bench(underTest, clock);
  };
  afterEach(async () => {
    for (const { dispose } of made.splice(0)) await dispose();
  });

  describe(`${name} keeps the contract of a limiter`, () => {
    describe('rates', () => {
      it('grants exactly the burst at once, then refuses', async () => {
        const bench = await start();
        expect(await bench.takes(15, requests({ limit: 60, burst: 10 }))).toBe(10);
      });

      it('grants exactly 100 to 2,000 racers on a day-long limit of 100', async () => {
        const bench = await start();
        const charge = requests({ limit: 100, periodMs: DAY_MS, burst: 100 });
        const racers = Array.from({ length: 2_000 }, async () => bench.limiter.take(NORMAL, [charge]));
        expect((await Promise.all(racers)).filter(({ granted }) => granted)).toHaveLength(100);
      });

      it('counts down what remains, and says when all is free again', async () => {
        const bench = await start();
        const taken = await bench.limiter.take(NORMAL, [requests({ limit: 60, burst: 10, fixed: 3 })]);
        expect(taken).toEqual({
          granted: true,
          standings: [
            { kind: 'requests', scope: 'tenant', unit: null, limit: 60, remaining: 7, resetMs: 3_000 },
          ],
        });
      });

      it('keeps tenants and buckets apart', async () => {
        const bench = await start();
        const charge = requests({ limit: 60, burst: 2 });
        await bench.takes(5, charge);
        expect(await bench.takes(5, { ...charge, bucket: 'key:other:requests' })).toBe(2);
        expect((await bench.limiter.take({ ...NORMAL, tenant: 'other' }, [charge])).granted).toBe(true);
      });

      it('takes from all of several limits or from none', async () => {
        const bench = await start();
        const wide = requests({ limit: 60, burst: 10 });
        const narrow = {
          ...requests({ limit: 60, burst: 3 }),
          scope: 'key',
          bucket: 'key:k:requests',
        } as const;
        for (let turn = 0; turn < 6; turn++) await bench.limiter.take(NORMAL, [wide, narrow]);
        expect(await bench.takes(20, wide)).toBe(7);
      });

      it('names the limit that takes longest, and the exact wait', async () => {
        const bench = await start();
        const slow = requests({ limit: 6, burst: 2, fixed: 2 });
        const fast = {
          ...requests({ limit: 600, burst: 2, fixed: 2 }),
          bucket: 'key:k:requests',
          scope: 'key',
        } as const;
        await bench.limiter.take(NORMAL, [slow, fast]);
        const denied = await bench.limiter.take(NORMAL, [fast, slow]);
        expect(denied).toMatchObject({
          why: 'later',
          retryAfterMs: 20_000,
          denied: { scope: 'tenant', limit: 6, remaining: 0 },
        });
      });

      it('grants after the wait it named, and not a microsecond before', async () => {
        const anyRate = fc.record({
          limit: fc.integer({ min: 1, max: 5_000_000 }),
          burst: fc.integer({ min: 1, max: 900 }),
        });
        await fc.assert(
          fc.asyncProperty(anyRate, fc.integer({ min: 1, max: 900 }), async (rate, asked) => {
            const bench = await start();
            const charge = requests({ ...rate, fixed: Math.min(asked, rate.burst) });
            await bench.limiter.take(NORMAL, [{ ...charge, fixed: rate.burst }]);
            const denied = await bench.limiter.take(NORMAL, [charge]);
            const waitUs =
              denied.granted || denied.why !== 'later' ? 0 : Math.round(denied.retryAfterMs * 1_000);
            // As another request would: what was denied here may be remembered for as long as was said.
            const other = { ...charge, fixed: charge.fixed };
            bench.wait(waitUs - 1);
            expect(await bench.fitsAfresh(other)).toBe(false);
            bench.wait(1);
            expect(await bench.fitsAfresh(other)).toBe(true);
          }),
          { numRuns: 30 },
        );
      });

      it('rounds nothing: seven million tokens a minute are seven million', async () => {
        const bench = await start();
        const charge = requests({ limit: 7_000_000, burst: 1_166_667, fixed: 100_000 });
        let granted = 0;
        for (let tenth = 0; tenth < 600; tenth++) {
          if ((await bench.limiter.take(NORMAL, [charge])).granted) granted += 100_000;
          bench.wait(SECOND_US / 10);
        }
        expect(granted).toBeGreaterThan(7_000_000);
        expect(granted).toBeLessThanOrEqual(7_000_000 + 1_166_667);
      });

      it('says never to what costs more than the burst, and takes nothing', async () => {
        const bench = await start();
        const charge = requests({ limit: 60, burst: 10, fixed: 11 });
        expect(await bench.limiter.take(NORMAL, [charge])).toEqual({
          granted: false,
          why: 'never',
          denied: { kind: 'requests', scope: 'tenant', unit: null, limit: 60, remaining: 10, resetMs: 0 },
          cost: 11,
        });
        expect(await bench.takes(20, { ...charge, fixed: 1 })).toBe(10);
      });

      it('stands still while its clock goes back, and neither grants more nor locks anybody out', async () => {
        const bench = await start();
        const charge = requests({ limit: 60, burst: 10 });
        expect(await bench.takes(10, charge)).toBe(10);
        bench.wait(-3_600 * SECOND_US);
        expect(await bench.takes(10, charge)).toBe(0);
        bench.wait(5 * SECOND_US);
        expect(await bench.takes(10, charge)).toBe(5);
      });
    });

    describe('limits that are changed', () => {
      const large = inputTokens(28_000, { limit: 4_000_000, burst: 666_667 });
      const small = inputTokens(12, { limit: 20_000, burst: 40_960 });

      it('let what is left to drain keep its time under a lower one', async () => {
        const bench = await start();
        expect(await bench.takes(12, large)).toBe(12);
        expect((await bench.limiter.take(NORMAL, [small])).granted).toBe(true);
        const spent = requests({ limit: 6_000, burst: 1_000, fixed: 1_000 });
        await bench.limiter.take(NORMAL, [spent]);
        expect(await bench.limiter.take(NORMAL, [requests({ limit: 1, burst: 1 })])).toMatchObject({
          why: 'later',
          retryAfterMs: 10_000,
          denied: { limit: 1, remaining: 0 },
        });
      });

      it('grant after the wait a lower one named, and not a microsecond before', async () => {
        const anyRate = fc.record({
          limit: fc.integer({ min: 1, max: 5_000_000 }),
          burst: fc.integer({ min: 1, max: 900 }),
        });
        await fc.assert(
          fc.asyncProperty(anyRate, anyRate, fc.nat(5_000_000), async (before, after, passedUs) => {
            const bench = await start();
            await bench.limiter.take(NORMAL, [requests({ ...before, fixed: before.burst })]);
            bench.wait(passedUs);
            const charge = requests({ ...after, fixed: after.burst });
            const denied = await bench.limiter.take(NORMAL, [charge]);
            if (denied.granted) return;
            const waitUs = denied.why === 'later' ? Math.round(denied.retryAfterMs * 1_000) : 0;
            const lowered = Math.max(0, (before.burst * 60_000_000) / before.limit - passedUs);
            if (after.limit <= before.limit) expect(waitUs).toBeLessThanOrEqual(Math.ceil(lowered) + 1);
            bench.wait(waitUs - 1);
            expect(await bench.fitsAfresh(charge)).toBe(false);
            bench.wait(1);
            expect(await bench.fitsAfresh(charge)).toBe(true);
          }),
          { numRuns: 60 },
        );
      });

      it('count what was taken, and no more, under a higher one', async () => {
        const bench = await start();
        expect(await bench.takes(20, requests({ limit: 60, burst: 10 }))).toBe(10);
        const higher = requests({ limit: 6_000, burst: 1_000 });
        expect(await bench.remaining([higher])).toEqual([990]);
        bench.wait(SECOND_US / 10);
        expect(await bench.remaining([higher])).toEqual([1_000]);
      });

      it('drain by a higher one from when it is first asked with, granted or not', async () => {
        const bench = await start();
        const lower = requests({ limit: 60, burst: 100, fixed: 100 });
        const higher = requests({ limit: 6_000, burst: 100, fixed: 50 });
        await bench.limiter.take(NORMAL, [lower]);
        expect(await bench.limiter.take(NORMAL, [higher])).toMatchObject({ retryAfterMs: 500 });
        bench.wait(SECOND_US / 2);
        expect((await bench.limiter.take(NORMAL, [{ ...higher }])).granted).toBe(true);
      });

      it('stand as they did once they are changed back, however often that is', async () => {
        const bench = await start();
        await bench.takes(12, large);
        await bench.limiter.take(NORMAL, [{ ...small, fixed: 10_000 }]);
        const first = [await bench.remaining([large]), await bench.remaining([small])];
        for (let turn = 0; turn < 20; turn++) {
          expect(await bench.remaining([large])).toEqual(first[0]);
          expect(await bench.remaining([small])).toEqual(first[1]);
        }
      });

      it('grant no burst more to two gateways that know different ones', async () => {
        const bench = await start();
        const wide = requests({ limit: 600, burst: 100 });
        const narrow = requests({ limit: 60, burst: 10 });
        let granted = 0;
        for (let turn = 0; turn < 200; turn++)
          granted += await bench.takes(1, turn % 2 === 0 ? narrow : wide);
        expect(granted).toBe(100);
        expect(await bench.remaining([narrow, wide])).toEqual([0, 0]);
      });

      it('count the same asked in one turn as one after the other', async () => {
        const bench = await start();
        const wide = requests({ limit: 600, burst: 100, fixed: 7 });
        const narrow = requests({ limit: 60, burst: 50, fixed: 3 });
        const asked = Array.from({ length: 60 }, (_, at) => (at % 3 === 0 ? wide : narrow));
        const together = await Promise.all(asked.map(async (charge) => bench.limiter.take(NORMAL, [charge])));
        const alone = [];
        for (const charge of asked) {
          alone.push(await bench.limiter.take({ ...NORMAL, tenant: 'other' }, [{ ...charge }]));
        }
        expect(together.map(({ granted }) => granted)).toEqual(alone.map(({ granted }) => granted));
        const other = await bench.limiter.standings({ ...NORMAL, tenant: 'other' }, [narrow, wide]);
        expect(await bench.remaining([narrow, wide])).toEqual(other.map(({ remaining }) => remaining));
      });

      it('give back of a lower one only what a higher one added to it', async () => {
        const bench = await start();
        const wide = outputTokens({ limit: 6_000, burst: 1_000 });
        const narrow = outputTokens({ limit: 600, burst: 600 });
        const early = await bench.hold('early', [wide], { outputTokens: 400 });
        await bench.hold('other', [wide], { outputTokens: 600 });
        bench.wait(5 * SECOND_US);
        expect(await bench.remaining([narrow])).toEqual([500]);
        // Of what was taken in the very microsecond nobody knows by which of both.
        bench.wait(1);
        const late = await bench.hold('late', [narrow], { outputTokens: 500 });
        expect(await bench.remaining([narrow])).toEqual([0]);
        early.settle({ charges: [narrow], outputTokens: 0 });
        await bench.flush();
        // 550 of 600, less the tenth of 400; 1,000 of 1,000 of the higher one, less 400.
        expect(await bench.remaining([narrow])).toEqual([90]);
        late.settle({ charges: [narrow], outputTokens: 0 });
        await bench.flush();
        expect(await bench.remaining([narrow])).toEqual([590]);
      });
    });

    describe('reservations', () => {
      it('take from rates, places and budgets at once, or from none', async () => {
        const bench = await start();
        const charges = [inputTokens(1_000), places(2), monthBudget({ limit: 10_000, fixed: 100 })];
        expect((await bench.reserve('a', charges)).granted).toBe(true);
        const first = await bench.remaining(charges);
        const denied = await bench.reserve('b', [
          inputTokens(1_000),
          places(2),
          monthBudget({ limit: 150, fixed: 100 }),
        ]);
        expect(denied).toMatchObject({ granted: false, why: 'later', denied: { kind: 'month_budget' } });
        expect(await bench.remaining(charges)).toEqual(first);
      });

      it('give the requests back that were taken before, when they are denied', async () => {
        const bench = await start();
        const taken = requests({ limit: 60, burst: 10 });
        await bench.limiter.take(NORMAL, [taken]);
        await bench.reserve('a', [places(1)]);
        await bench.reserve('b', [places(1)], { taken: [taken] });
        expect(await bench.remaining([taken])).toEqual([10]);
      });

      it('give nothing back when they are granted', async () => {
        const bench = await start();
        const taken = requests({ limit: 60, burst: 10 });
        await bench.limiter.take(NORMAL, [taken]);
        await bench.reserve('a', [places(1)], { taken: [taken] });
        expect(await bench.remaining([taken])).toEqual([9]);
      });

      it('are denied by a full place with a short wait, and free it when settled', async () => {
        const bench = await start();
        const first = await bench.hold('a', [places(1)]);
        expect(await bench.reserve('b', [places(1)])).toMatchObject({ why: 'later', retryAfterMs: 1_000 });
        first.settle({ charges: [places(1)], outputTokens: 0 });
        await bench.flush();
        expect((await bench.reserve('b', [places(1)])).granted).toBe(true);
      });

      it('of the same request id replace what it holds', async () => {
        const bench = await start();
        const charges = [places(5, 2), inputTokens(100), monthBudget({ limit: 1_000, fixed: 50 })];
        await bench.reserve('a', charges);
        const once = await bench.remaining(charges);
        await bench.reserve('a', charges);
        expect(await bench.remaining(charges)).toEqual(once);
      });

      it('hold nothing and refuse nothing for who has no limits', async () => {
        const bench = await start();
        const decision = await bench.reserve('a', []);
        expect(decision).toMatchObject({ granted: true, standings: [] });
        if (!decision.granted) return;
        decision.reservation.meter(1_000);
        decision.reservation.settle({ charges: [], outputTokens: 1_000 });
      });

      it('reserve output only as far as the limit goes', async () => {
        const bench = await start();
        expect(
          (await bench.reserve('a', [outputTokens({ limit: 600, burst: 100 })], { outputTokens: 5_000 }))
            .granted,
        ).toBe(true);
        expect(await bench.remaining([outputTokens({ limit: 600, burst: 100 })])).toEqual([0]);
      });

      it('go from parked to running to another pool, each in one step that is denied whole', async () => {
        const bench = await start();
        const parked = [inputTokens(100), places(4)];
        const running = [...parked, outputTokens({ limit: 6_000, burst: 1_000 }), kvTokens(1_000, 600)];
        const spilled = [
          inputTokens(200),
          places(4),
          outputTokens({ limit: 6_000, burst: 1_000, perOutput: 2 }),
          kvTokens(1_000, 600),
        ];
        const reservation = await bench.hold('a', parked);
        const all = [...running];
        expect(await bench.remaining(all)).toEqual([9_900, 3, 1_000, 1_000]);
        expect((await reservation.change(running, 300)).granted).toBe(true);
        expect(await bench.remaining(all)).toEqual([9_900, 3, 700, 400]);
        const other = await bench.hold('b', [kvTokens(1_000, 400)]);
        expect((await reservation.change([inputTokens(200), kvTokens(1_000, 700)], 300)).granted).toBe(false);
        expect(await bench.remaining(all)).toEqual([9_900, 3, 700, 0]);
        expect((await reservation.change(spilled, 300)).granted).toBe(true);
        expect(await bench.remaining(all)).toEqual([9_800, 3, 400, 0]);
        expect((await reservation.change(parked, 0)).granted).toBe(true);
        expect(await bench.remaining(all)).toEqual([9_900, 3, 1_000, 600]);
        other.settle({ charges: [], outputTokens: 0 });
      });

      it('take all of a bucket that only a later change names, and no more than all', async () => {
        const bench = await start();
        const output = outputTokens({ limit: 6_000, burst: 1_000 });
        const reservation = await bench.hold('a', [inputTokens(100)]);
        await bench.hold('b', [output], { outputTokens: 500 });
        expect((await reservation.change([inputTokens(100), output], 5)).granted).toBe(true);
        expect(await bench.remaining([output])).toEqual([495]);
        const budget = monthBudget({ limit: 1_000, fixed: 3 });
        expect(await bench.remaining([budget])).toEqual([1_000]);
        reservation.settle({ charges: [inputTokens(100), output, budget], outputTokens: 5 });
        await bench.flush();
        expect(await bench.remaining([output, budget])).toEqual([495, 997]);
      });
    });

    describe('metering', () => {
      const output = outputTokens({ limit: 6_000, burst: 1_000 });

      it('is covered by what was reserved, then becomes debt that the next admission waits for', async () => {
        const bench = await start();
        const reservation = await bench.hold('a', [output], { outputTokens: 400 });
        reservation.meter(400);
        await bench.flush();
        expect(await bench.remaining([output])).toEqual([600]);
        reservation.meter(3_000);
        await bench.flush();
        expect(await bench.reserve('b', [output], { outputTokens: 1 })).toMatchObject({
          why: 'later',
          retryAfterMs: 20_010,
        });
      });

      it('never goes down, and repeats change nothing', async () => {
        const bench = await start();
        const reservation = await bench.hold('a', [output], { outputTokens: 100 });
        for (const tokens of [500, 200, 500, Number.NaN, -1]) {
          reservation.meter(tokens);
          await bench.flush();
        }
        expect(await bench.remaining([output])).toEqual([500]);
      });

      it('stays charged when the reservation changes', async () => {
        const bench = await start();
        const reservation = await bench.hold('a', [output], { outputTokens: 100 });
        reservation.meter(700);
        await reservation.change([output], 100);
        expect(await bench.remaining([output])).toEqual([300]);
      });

      it('cuts a prepaid answer when it goes beyond its reservation and the budget is used up', async () => {
        const bench = await start();
        const budget = monthBudget({ limit: 1_000, fixed: 0, perOutput: 1 });
        const prepaid = await bench.hold('a', [budget], { outputTokens: 600, spender: PREPAID });
        const covered = await bench.hold('b', [budget], { outputTokens: 400, spender: PREPAID });
        const normal = await bench.hold('c', [budget]);
        covered.meter(400);
        prepaid.meter(600);
        await bench.flush();
        expect(prepaid.exhausted?.aborted).toBe(false);
        prepaid.meter(601);
        await bench.flush();
        expect(prepaid.exhausted?.aborted).toBe(true);
        expect(prepaid.exhausted?.reason).toMatchObject({ code: 'insufficient_quota' });
        expect(covered.exhausted?.aborted).toBe(false);
        expect(normal.exhausted).toBeNull();
      });
    });

    describe('settling', () => {
      const input = inputTokens(600);
      const output = outputTokens({ limit: 6_000, burst: 1_000 });
      const budget = monthBudget({ limit: 10_000, fixed: 600, perOutput: 1 });

      it('charges what was used, once, however often it is told', async () => {
        const bench = await start();
        const charges = [input, output, places(3), budget];
        const reservation = await bench.hold('a', charges, { outputTokens: 800 });
        for (let turn = 0; turn < 3; turn++) reservation.settle({ charges, outputTokens: 150 + turn });
        reservation.meter(5_000);
        await bench.flush();
        expect(await bench.remaining(charges)).toEqual([9_400, 850, 3, 9_250]);
      });

      it('gives all back when nothing was used', async () => {
        const bench = await start();
        const charges = [input, output, places(3), budget];
        const reservation = await bench.hold('a', charges, { outputTokens: 800 });
        reservation.settle({ charges: [], outputTokens: 0 });
        await bench.flush();
        expect(await bench.remaining(charges)).toEqual([10_000, 1_000, 3, 10_000]);
      });

      it('charges more than was reserved without asking', async () => {
        const bench = await start();
        const reservation = await bench.hold('a', [output, budget], { outputTokens: 100 });
        reservation.settle({ charges: [output, budget], outputTokens: 20_000 });
        await bench.flush();
        expect(await bench.remaining([output, budget])).toEqual([0, 0]);
        expect(await bench.reserve('b', [output], { outputTokens: 1_000 })).toMatchObject({
          retryAfterMs: 200_000,
        });
      });

      it('gives nothing back that has drained since', async () => {
        const bench = await start();
        const reservation = await bench.hold('a', [output], { outputTokens: 800 });
        bench.wait(60 * SECOND_US);
        const late = await bench.hold('b', [output], { outputTokens: 1_000 });
        reservation.settle({ charges: [output], outputTokens: 0 });
        await bench.flush();
        expect(await bench.remaining([output])).toEqual([0]);
        late.settle({ charges: [output], outputTokens: 1_000 });
      });

      it('gives all back that never drained, to who was at the limit all the time', async () => {
        const bench = await start();
        const reservation = await bench.hold('a', [output], { outputTokens: 200 });
        const busy = await bench.hold('busy', [output], { outputTokens: 800 });
        for (let second = 1; second <= 40; second++) {
          bench.wait(SECOND_US);
          busy.meter(800 + second * 100);
          await bench.flush();
        }
        reservation.settle({ charges: [output], outputTokens: 50 });
        await bench.flush();
        expect(await bench.remaining([output])).toEqual([150]);
      });
    });

    describe('budgets', () => {
      const budget = monthBudget({ limit: 1_000, fixed: 100 });

      it('begin with what the ledger knows, whoever asks first', async () => {
        const bench = await start({ used: async () => 750 });
        const asked = ['a', 'b', 'c', 'd'].map((id) => bench.reserve(id, [budget]));
        const decisions = await Promise.all(asked);
        expect(decisions.filter(({ granted }) => granted)).toHaveLength(2);
      });

      it('are denied until their period ends', async () => {
        const bench = await start();
        await bench.hold('a', [{ ...budget, fixed: 1_000 }]);
        const denied = await bench.reserve('b', [budget]);
        const retryAfterMs = denied.granted || denied.why !== 'later' ? 0 : denied.retryAfterMs;
        expect(Math.abs(retryAfterMs - (budget.untilMs - bench.clock.wallMs))).toBeLessThan(1_000);
      });

      it('are refused to a strict spender while the ledger cannot say what is used', async () => {
        const bench = await start({ used: () => Promise.reject(new Error('database away')) });
        expect(await bench.reserve('a', [budget], { spender: STRICT })).toMatchObject({
          granted: false,
          why: 'away',
        });
        expect((await bench.reserve('b', [budget])).granted).toBe(true);
      });
    });

    it('takes nothing to say how limits stand', async () => {
      const bench = await start();
      const charges = [requests({ limit: 60, burst: 10 }), places(3), monthBudget({ limit: 100, fixed: 1 })];
      for (let turn = 0; turn < 5; turn++) expect(await bench.remaining(charges)).toEqual([10, 3, 100]);
    });

    it('makes whole numbers of whatever amount it gets', async () => {
      const odd = fc.oneof(
        fc.double(),
        fc.constantFrom(-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 60, 1e300, 0.1),
      );
      await fc.assert(
        fc.asyncProperty(odd, odd, odd, odd, async (fixed, limit, perOutput, tokens) => {
          const bench = await start();
          const charges: Charge[] = [
            requests({ limit, burst: limit, fixed }),
            { ...places(limit), fixed },
            monthBudget({ limit, fixed, perOutput }),
          ];
          const decision = await bench.reserve('a', charges, { outputTokens: tokens });
          if (decision.granted) {
            decision.reservation.meter(tokens);
            decision.reservation.settle({ charges, outputTokens: tokens });
          }
          await bench.flush();
          for (const standing of await bench.limiter.standings(NORMAL, charges)) {
            expect(standing.remaining).toBeGreaterThanOrEqual(0);
            expect(Number.isFinite(standing.remaining + standing.resetMs)).toBe(true);
          }
        }),
        { numRuns: 40 },
      );
    });

    it('grants what the reference grants, and never credits more than it', async () => {
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          const bench = await start();
          await new Replay(bench).run(history);
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** A limiter, its clock and the few things tests ask of it. */
class Bench {
  limiter: Limiter;
  readonly clock: LimitsClock;
  readonly #underTest: LimiterUnderTest;

  constructor(underTest: LimiterUnderTest, clock: LimitsClock) {
    this.limiter = underTest.limiter;
    this.clock = clock;
    this.#underTest = underTest;
  }

  /** The process dies, its leases run out, another goes on. False: this limiter's counters die with it. */
  async crash(): Promise<boolean> {
    const next = await this.#underTest.crash?.();
    if (next === undefined) return false;
    this.limiter = next;
    this.clock.wallMs += CONTRACT_LEASE_MS;
    this.wait(CONTRACT_LEASE_MS * 1_000);
    return true;
  }

  wait(us: number): void {
    this.clock.nowUs += us;
  }

  async takes(times: number, charge: RateCharge): Promise<number> {
    let granted = 0;
    for (let turn = 0; turn < times; turn++)
      if ((await this.limiter.take(NORMAL, [charge])).granted) granted++;
    return granted;
  }

  async reserve(requestId: string, charges: readonly Charge[], more: Partial<ReserveAsk> = {}) {
    return this.limiter.reserve({ spender: NORMAL, requestId, charges, outputTokens: 0, taken: [], ...more });
  }

  async hold(
    requestId: string,
    charges: readonly Charge[],
    more: Partial<ReserveAsk> = {},
  ): Promise<Reservation> {
    const decision = await this.reserve(requestId, charges, more);
    if (!decision.granted) throw new TypeError(`${requestId} was denied: ${JSON.stringify(decision)}`);
    return decision.reservation;
  }

  async remaining(charges: readonly Charge[]): Promise<number[]> {
    return (await this.limiter.standings(NORMAL, charges)).map(({ remaining }: Standing) => remaining);
  }

  /** Whether so much is free now, taking nothing: not what was remembered of a denial. */
  async fitsAfresh(charge: RateCharge): Promise<boolean> {
    const [remaining = 0] = await this.remaining([charge]);
    return remaining >= charge.fixed;
  }

  flush(): Promise<void> {
    return this.limiter.flush(AbortSignal.timeout(5_000));
  }
}

type Step =
  | { readonly does: 'wait'; readonly us: number }
  | { readonly does: 'crash' }
  | { readonly does: 'limit'; readonly requests: number; readonly output: number }
  | { readonly does: 'take'; readonly units: number }
  | {
      readonly does: 'reserve' | 'change';
      readonly id: number;
      readonly input: number;
      readonly output: number;
      /** Of a reservation: its output is named by a later change only, or by the settling. */
      readonly isParked: boolean;
    }
  | { readonly does: 'meter' | 'settle'; readonly id: number; readonly output: number };

const ids = fc.integer({ min: 0, max: 4 });
const tokens = fc.integer({ min: 0, max: 700 });
const histories: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constant('wait' as const),
      us: fc.integer({ min: -2 * SECOND_US, max: 8 * SECOND_US }),
    }),
    fc.record({ does: fc.constant('crash' as const) }),
    fc.record({
      does: fc.constant('limit' as const),
      requests: fc.integer({ min: 0, max: 2 }),
      output: fc.integer({ min: 0, max: 1 }),
    }),
    fc.record({ does: fc.constant('take' as const), units: fc.integer({ min: 1, max: 5 }) }),
    fc.record({
      does: fc.constantFrom('reserve' as const, 'change' as const),
      id: ids,
      input: tokens,
      output: tokens,
      isParked: fc.boolean(),
    }),
    fc.record({
      does: fc.constantFrom('meter' as const, 'settle' as const),
      id: ids,
      output: fc.integer({ min: 0, max: 2_000 }),
    }),
  ),
  { minLength: 1, maxLength: 60 },
);

/** Asked one after the other. */
const REQUEST_RATES = [
  { limit: 12, burst: 7 },
  { limit: 3, burst: 5 },
  { limit: 6, burst: 4 },
] as const;
/** Both asked all the time: what runs goes on with the one that it began with. */
const OUTPUT_RATES = [
  { limit: 6_000, burst: 1_000 },
  { limit: 600, burst: 800 },
] as const;

/** Does each step to the limiter and to the reference, and compares. */
class Replay {
  readonly #bench: Bench;
  #requests = requests(REQUEST_RATES[0]);
  #output = outputTokens(OUTPUT_RATES[0]);
  readonly #rates = new Map<string, ReferenceRate>();
  readonly #sums = new Map<string, ReferenceSum>();
  readonly #live = new Map<number, LiveRequest>();
  /** What the reference's clock shows: it stands still while the limiter's goes back. */
  #steadyUs = 0;
  #names = 0;
  #overrun = 0;
  readonly #requestRates = new Set([0]);
  #isExact = true;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  async run(history: readonly Step[]): Promise<void> {
    for (const step of history) {
      await this.#do(step);
      await this.#compare();
    }
    for (const [bucket, rate] of this.#rates) {
      const overrun = bucket === 'tenant:output_tokens' ? this.#overrun : 0;
      // The bound is of two limits: a third one begins with what the second knows.
      const thirds =
        bucket === 'tenant:requests' && this.#requestRates.size > 2 ? Number.POSITIVE_INFINITY : 0;
      const { limit, burst } = mostOfBucket(bucket);
      expect(rate.mostBeyond(limit)).toBeLessThanOrEqual(burst + overrun + thirds);
    }
  }

  async #do(step: Step): Promise<void> {
    switch (step.does) {
      case 'wait':
        this.#bench.wait(step.us);
        if (step.us > 0) this.#steadyUs += step.us;
        // Where only buckets remember the time, a clock that went back between two looks has lost some: it drained less.
        else this.#isExact = false;
        return;
      case 'crash':
        return this.#crash();
      case 'limit':
        return this.#changeLimits(step.requests, step.output);
      case 'take':
        return this.#take({ ...this.#requests, fixed: step.units });
      case 'reserve':
        return this.#reserve(step);
      case 'change':
        return this.#change(step.id, step.input, step.output);
      case 'meter':
        return this.#meter(step.id, step.output);
      case 'settle':
        return this.#settle(step.id, step.output);
    }
  }

  /** Places of the dead are free after a lease; what it took of rates and budgets stays taken. */
  async #crash(): Promise<void> {
    if (!(await this.#bench.crash())) return;
    this.#steadyUs += CONTRACT_LEASE_MS * 1_000;
    for (const { name } of this.#live.values()) this.#sum(places(3)).set(name, 0);
    this.#live.clear();
  }

  #changeLimits(ofRequests: number, ofOutput: number): void {
    const rate = REQUEST_RATES[ofRequests];
    if (rate !== undefined) this.#requests = requests(rate);
    this.#requestRates.add(ofRequests);
    this.#output = outputTokens(OUTPUT_RATES[ofOutput] ?? OUTPUT_RATES[0]);
  }

  /** What each request of a history is charged. */
  #chargesOf(input: number, output = this.#output): readonly Charge[] {
    return [inputTokens(input), output, places(3), monthBudget({ limit: 8_000, fixed: input, perOutput: 1 })];
  }

  async #take(charge: RateCharge): Promise<void> {
    const fits = this.#rateFits(charge, charge.fixed);
    const { granted } = await this.#bench.limiter.take(NORMAL, [charge]);
    this.#expectGranted(granted, fits);
    if (granted) this.#rate(charge).set(`take-${this.#names++}`, charge.fixed, this.#steadyUs, charge.rate);
  }

  async #reserve({ id, input, output, isParked }: Extract<Step, { does: 'reserve' | 'change' }>) {
    if (this.#live.has(id)) return;
    const name = `request-${this.#names++}`;
    const charges = isParked ? parkedChargesOf(input) : this.#chargesOf(input);
    const fits = this.#fits(name, charges, output);
    const decision = await this.#bench.reserve(name, charges, { outputTokens: output });
    this.#expectGranted(decision.granted, fits);
    if (!decision.granted) return;
    this.#live.set(id, {
      name,
      reservation: decision.reservation,
      output: this.#output,
      metered: 0,
      isParked,
    });
    this.#set(name, charges, (charge) => askedAmount(charge, output));
  }

  async #change(id: number, input: number, output: number): Promise<void> {
    const live = this.#live.get(id);
    if (!live) return;
    const charges = this.#chargesOf(input);
    const amountOf = (charge: Charge) =>
      Math.max(askedAmount(charge, output), live.metered > 0 ? usedAmount(charge, live.metered) : 0);
    const fits = this.#fitsAmounts(live.name, charges, amountOf);
    const { granted } = await live.reservation.change(charges, output);
    this.#expectGranted(granted, fits);
    if (!granted) return;
    live.isParked = false;
    live.output = this.#output;
    this.#set(live.name, charges, amountOf);
  }

  async #meter(id: number, output: number): Promise<void> {
    const live = this.#live.get(id);
    if (!live || live.isParked || output <= live.metered) return;
    live.metered = output;
    live.reservation.meter(output);
    await this.#bench.flush();
    const held = this.#chargesOf(0, live.output).filter(({ perOutput }) => perOutput > 0);
    this.#set(live.name, held, (charge) => {
      const now =
        charge.type === 'rate' ? this.#rate(charge).held(live.name) : this.#sum(charge).held(live.name);
      const fixed = charge.type === 'budget' ? (this.#input.get(live.name) ?? 0) : 0;
      if (charge.type === 'rate') this.#overrun += Math.max(0, output - now);
      return Math.max(now, usedAmount({ ...charge, fixed }, output));
    });
  }

  async #settle(id: number, output: number): Promise<void> {
    const live = this.#live.get(id);
    if (!live) return;
    this.#live.delete(id);
    const charges = this.#chargesOf(this.#input.get(live.name) ?? 0, live.output);
    live.reservation.settle({ charges, outputTokens: output });
    live.reservation.settle({ charges, outputTokens: output + 1 });
    await this.#bench.flush();
    this.#set(live.name, charges, (charge) => {
      if (charge.type === 'place') return 0;
      const used = usedAmount(charge, output);
      if (charge.type === 'rate') this.#overrun += Math.max(0, used - this.#rate(charge).held(live.name));
      return used;
    });
  }

  readonly #input = new Map<string, number>();

  /** Exactly as the reference until a rate was given back or the clock went back; after that never more than it. */
  #expectGranted(granted: boolean, fits: boolean): void {
    if (!this.#isExact) expect(fits || !granted).toBe(true);
    else expect(granted).toBe(fits);
  }

  async #compare(): Promise<void> {
    const others = OUTPUT_RATES.map((rate) => outputTokens(rate));
    for (const charge of [this.#requests, ...this.#chargesOf(0), ...others]) {
      const [remaining = Number.NaN] = await this.#bench.remaining([charge]);
      if (charge.type !== 'rate') expect(remaining).toBe(this.#sum(charge).remaining);
      else {
        const rate = this.#rate(charge);
        rate.change(charge.rate, this.#steadyUs);
        const most = rate.remaining(this.#steadyUs, !this.#isExact);
        if (this.#isExact) expect(remaining).toBe(most);
        else expect(remaining).toBeLessThanOrEqual(most);
      }
    }
  }

  #rateFits(charge: RateCharge, more: number): boolean {
    const rate = this.#rate(charge);
    rate.change(charge.rate, this.#steadyUs);
    return rate.fits(more, this.#steadyUs, !this.#isExact);
  }

  #fits(name: string, charges: readonly Charge[], output: number): boolean {
    return this.#fitsAmounts(name, charges, (charge) => askedAmount(charge, output));
  }

  #fitsAmounts(name: string, charges: readonly Charge[], amountOf: (charge: Charge) => number): boolean {
    return charges.every((charge) => {
      if (charge.type !== 'rate')
        return this.#sum(charge).fits(amountOf(charge) - this.#sum(charge).held(name));
      const more = amountOf(charge) - this.#rate(charge).held(name);
      return more <= 0 || this.#rateFits(charge, more);
    });
  }

  #set(name: string, charges: readonly Charge[], amountOf: (charge: Charge) => number): void {
    for (const charge of charges) {
      const amount = amountOf(charge);
      if (charge.type !== 'rate') this.#sum(charge).set(name, amount);
      else {
        if (amount < this.#rate(charge).held(name)) this.#isExact = false;
        this.#rate(charge).set(name, amount, this.#steadyUs, charge.rate);
      }
      if (charge.kind === 'input_tokens' && charge.fixed > 0) this.#input.set(name, charge.fixed);
    }
  }

  #rate(charge: RateCharge): ReferenceRate {
    const known = this.#rates.get(charge.bucket) ?? new ReferenceRate(charge);
    this.#rates.set(charge.bucket, known);
    return known;
  }

  #sum(charge: Charge): ReferenceSum {
    const known = this.#sums.get(charge.bucket) ?? new ReferenceSum(charge);
    this.#sums.set(charge.bucket, known);
    return known;
  }
}

interface LiveRequest {
  readonly name: string;
  readonly reservation: Reservation;
  /** By which limit it is charged. */
  output: RateCharge;
  metered: number;
  isParked: boolean;
}

/** The same, of one that waits. */
function parkedChargesOf(input: number): readonly Charge[] {
  return [inputTokens(input), places(3), monthBudget({ limit: 8_000, fixed: input })];
}

function mostOfBucket(bucket: string): { readonly limit: number; readonly burst: number } {
  if (bucket === 'tenant:requests') return REQUEST_RATES[0];
  return bucket === 'tenant:output_tokens' ? OUTPUT_RATES[0] : { limit: 60_000, burst: 10_000 };
}

function requests({ limit = 60, periodMs = 60_000, burst = 10, fixed = 1 }): RateCharge {
  const rate = { limit, periodMs, burst };
  return {
    type: 'rate',
    kind: 'requests',
    scope: 'tenant',
    bucket: 'tenant:requests',
    fixed,
    perOutput: 0,
    rate,
  };
}

/** 60,000 a minute, 10,000 at once. */
function inputTokens(fixed: number, { limit = 60_000, burst = 10_000 } = {}): RateCharge {
  const rate = { limit, periodMs: 60_000, burst };
  return {
    type: 'rate',
    kind: 'input_tokens',
    scope: 'tenant',
    bucket: 'tenant:input_tokens',
    fixed,
    perOutput: 0,
    rate,
  };
}

function outputTokens({ limit = 6_000, burst = 1_000, perOutput = 1 }): RateCharge {
  const rate = { limit, periodMs: 60_000, burst };
  return {
    type: 'rate',
    kind: 'output_tokens',
    scope: 'tenant',
    bucket: 'tenant:output_tokens',
    fixed: 0,
    perOutput,
    rate,
  };
}

function places(limit: number, fixed = 1): PlaceCharge {
  return {
    type: 'place',
    kind: 'concurrent_requests',
    scope: 'tenant',
    bucket: 'tenant:concurrent_requests',
    fixed,
    perOutput: 0,
    limit,
  };
}

function kvTokens(limit: number, fixed: number): PlaceCharge {
  return {
    type: 'place',
    kind: 'concurrent_kv_tokens',
    scope: 'tenant',
    bucket: 'tenant:concurrent_kv_tokens',
    fixed,
    perOutput: 0,
    limit,
  };
}

function monthBudget({ limit = 1_000, fixed = 1, perOutput = 0 }): BudgetCharge {
  const fromMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return {
    type: 'budget',
    kind: 'month_budget',
    scope: 'tenant',
    bucket: `tenant:month:budget:tokens:${fromMs}`,
    lineage: null,
    fixed,
    perOutput,
    limit,
    unit: 'tokens',
    fromMs,
    untilMs: fromMs + 30 * DAY_MS,
  };
}
