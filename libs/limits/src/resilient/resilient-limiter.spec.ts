import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { newServerFolder } from '../../../../test/servers/server-process.ts';
import { type FaultyProxy, startFaultyProxy } from '../../../../test/servers/start-faulty-proxy.ts';
import { startRedis, type TestRedis } from '../../../../test/servers/start-redis.ts';
import { dayRate } from '../day-rate.contract.ts';
import type { BudgetCharge, Charge, PlaceCharge, RateCharge, Reservation, Spender } from '../limiter.ts';
import { openTestLimiter, type TestLimiterOptions } from './open-test-limiter.contract.ts';
import { ReplicaFile } from './replica-file.ts';
import type { ResilientLimiter, ResilientLimiterOptions } from './resilient-limiter.ts';

const NORMAL: Spender = { tenant: 'acme', isStrict: false, isPrepaid: false };
const STRICT: Spender = { ...NORMAL, isStrict: true };
const QUICK = { commandTimeoutMs: 200, breakerFailures: 3, breakerProbeMs: 100 };

describe('ResilientLimiter without Redis', () => {
  let redis: TestRedis;
  let proxy: FaultyProxy;
  const open: ResilientLimiter[] = [];
  let prefixes = 0;

  beforeAll(async () => {
    redis = await startRedis();
    proxy = await startFaultyProxy(redis.url);
  });
  afterEach(async () => {
    await proxy.set('pass');
    for (const limiter of open.splice(0)) await limiter.close();
    prefixes++;
  });
  afterAll(async () => {
    await proxy.stop();
    await redis.stop();
  });

  const start = async (more: Partial<TestLimiterOptions> = {}) => {
    const limiter = await openTestLimiter({
      urls: [proxy.url],
      keyPrefix: `p${prefixes}:`,
      ...QUICK,
      ...more,
    });
    open.push(limiter);
    return limiter;
  };
  /** Both gateways have told Redis that they are there. */
  const startTwo = async (more: Partial<ResilientLimiterOptions> = {}) => {
    const two = [await start(more), await start(more)] as const;
    await until(() => two.every((limiter) => limiter.stats().replicas === 2));
    return two;
  };
  const away = async (...limiters: readonly ResilientLimiter[]) => {
    await proxy.set('blackhole');
    await until(() => limiters.every((limiter) => limiter.stats().mode === 'local'));
  };
  const back = async (...limiters: readonly ResilientLimiter[]) => {
    await proxy.set('pass');
    await until(() => limiters.every((limiter) => limiter.stats().mode === 'redis'));
  };

  it('goes on counting by itself, and answers at once', async () => {
    const limiter = await start();
    await away(limiter);
    expect(await grants(limiter, 20, dayRate(10))).toBe(10);
    expect(limiter.stats()).toMatchObject({ mode: 'local', breakerOpens: 1 });
  });

  it('grants an equal part of the limit in each of two gateways', async () => {
    const [one, two] = await startTwo();
    await away(one, two);
    expect([await grants(one, 100, dayRate(60)), await grants(two, 100, dayRate(60))]).toEqual([30, 30]);
  });

  it('grants its part, too, when it is started again while Redis is away', async () => {
    const folder = newServerFolder('replicas');
    const fileOf = (name: string) => ({ replicaFile: newReplicaFile(join(folder, name)) });
    const first = [await start(fileOf('one')), await start(fileOf('two'))];
    await until(() => first.every((limiter) => limiter.stats().replicas === 2));
    await Promise.all(open.splice(0).map((limiter) => limiter.close()));
    await proxy.set('blackhole');
    const again = { waitsForRedis: false };
    const second = [await start({ ...again, ...fileOf('one') }), await start({ ...again, ...fileOf('two') })];
    const granted = [];
    for (const limiter of second) granted.push(await grants(limiter, 100, dayRate(60)));
    expect(granted).toEqual([30, 30]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes on from how limits stood', async () => {
    const [one, two] = await startTwo();
    expect(await grants(one, 40, dayRate(60))).toBe(40);
    expect(await grants(two, 1, dayRate(60))).toBe(1);
    await away(one, two);
    const more = (await grants(one, 100, dayRate(60))) + (await grants(two, 100, dayRate(60)));
    expect(more).toBeLessThanOrEqual(20);
    expect(more).toBeGreaterThanOrEqual(18);
  });

  const SEEN = [
    ['seen by both', [true, true]],
    ['seen by one', [true, false]],
    ['seen by neither', [false, false]],
  ] as const;
  const LEDGERS = [
    ['no ledger', 100, null],
    ['a ledger that knows of 40', 60, { used: async () => 40 }],
    ['a ledger that is away', 100, { used: () => Promise.reject(new Error('the ledger is away')) }],
  ] as const;
  describe.each(LEDGERS)('with %s', (_, left, truth) => {
    it.each(SEEN)('spends a budget %s once over two gateways', async (_name, seen) => {
      const two = await startTwo({ truth });
      const charge = budget(100, 1);
      const asks = async (limiter: ResilientLimiter, name: string, times: number) => {
        let granted = 0;
        for (let turn = 0; turn < times; turn++)
          if ((await ask(limiter, `${name}-${turn}`, [charge])).granted) granted++;
        return granted;
      };
      let spent = 0;
      for (const [at, limiter] of two.entries()) if (seen[at]) spent += await asks(limiter, `seen-${at}`, 1);
      await away(...two);
      for (const [at, limiter] of two.entries()) spent += await asks(limiter, `away-${at}`, 110);
      // At most a unit of each part is lost to rounding.
      expect(spent).toBeGreaterThanOrEqual(left - 2);
      expect(spent).toBeLessThanOrEqual(left);
    });
  });

  it('refuses strict spenders, and only them', async () => {
    const limiter = await start();
    await away(limiter);
    expect(await limiter.take(STRICT, [dayRate(10)])).toEqual({
      granted: false,
      why: 'away',
      retryAfterMs: 1_000,
    });
    expect(await ask(limiter, 's', [places(5)], STRICT)).toMatchObject({ why: 'away' });
    expect((await limiter.take(NORMAL, [dayRate(10)])).granted).toBe(true);
  });

  it('refuses whoever has a budget once Redis has been away for long', async () => {
    const limiter = await start({ strictAfterMs: 0 });
    await away(limiter);
    expect(await ask(limiter, 'a', [budget(1_000, 1)])).toMatchObject({ why: 'away' });
    expect((await ask(limiter, 'b', [places(5)])).granted).toBe(true);
  });

  it('tells Redis what was granted without it, before it trusts it again', async () => {
    const [one, two] = await startTwo();
    await away(one, two);
    await Promise.all([grants(one, 25, dayRate(60)), grants(two, 20, dayRate(60))]);
    await back(one, two);
    expect(await grants(one, 100, dayRate(60))).toBe(15);
  });

  it('counts the places of requests that Redis granted while it is away, and hands those it granted itself over', async () => {
    const limiter = await start();
    const before = await hold(limiter, 'before', [places(3)]);
    await away(limiter);
    const during = await hold(limiter, 'during', [places(3)]);
    await hold(limiter, 'stays', [places(3)]);
    expect((await ask(limiter, 'fourth', [places(3)])).granted).toBe(false);
    before.settle({ charges: [], outputTokens: 0 });
    const again = await hold(limiter, 'again', [places(3)]);
    await back(limiter);
    expect((await ask(limiter, 'late', [places(3)])).granted).toBe(false);
    for (const held of [during, again]) held.settle({ charges: [], outputTokens: 0 });
    await limiter.flush(AbortSignal.timeout(2_000));
    expect(await remaining(limiter, places(3))).toBe(2);
  });

  it('charges what requests used that ran through an outage, once', async () => {
    const limiter = await start();
    const charge = budget(10_000, 0);
    const before = await hold(limiter, 'before', [charge]);
    await away(limiter);
    const during = await hold(limiter, 'during', [charge]);
    before.meter(1_000);
    during.meter(500);
    const ended = await hold(limiter, 'ended', [charge]);
    ended.settle({ charges: [charge], outputTokens: 2_000 });
    await back(limiter);
    before.settle({ charges: [charge], outputTokens: 1_200 });
    during.settle({ charges: [charge], outputTokens: 700 });
    await limiter.flush(AbortSignal.timeout(2_000));
    expect(await remaining(limiter, charge)).toBe(10_000 - 1_200 - 700 - 2_000);
  });

  it('charges once what a request that it granted itself streams while it is handed back', async () => {
    const limiter = await start();
    const charge = budget(10_000, 0);
    // Redis knows the budget.
    await hold(limiter, 'before', [charge]);
    await away(limiter);
    const during = await hold(limiter, 'during', [charge]);
    let tokens = 100;
    await proxy.set({ kind: 'delay', toServerMs: 40, toClientMs: 40 });
    await until(() => {
      during.meter(++tokens);
      return limiter.stats().mode === 'redis';
    });
    await proxy.set('pass');
    during.settle({ charges: [charge], outputTokens: tokens });
    await limiter.flush(AbortSignal.timeout(2_000));
    expect(await remaining(limiter, charge)).toBe(10_000 - tokens);
  });

  it('charges what it granted in the moment it went back to Redis, though Redis goes away before it hears of that', async () => {
    const limiter = await start();
    const charge = budget(1_000_000, 1_000);
    const held = [await hold(limiter, 'before', [charge])];
    await away(limiter);
    held.push(await hold(limiter, 'during', [charge]));
    await proxy.set({ kind: 'delay', toServerMs: 40, toClientMs: 40 });
    // While the first is handed back others are granted, which it does not know of.
    await until(async () => {
      if (limiter.stats().mode === 'redis') return true;
      held.push(await hold(limiter, `meanwhile-${held.length}`, [charge]));
      return false;
    });
    // What is on its way is lost.
    await proxy.set('refuse');
    await until(() => limiter.stats().mode === 'local');
    await back(limiter);
    for (const reservation of held) reservation.settle({ charges: [budget(1_000_000, 10)], outputTokens: 0 });
    await limiter.flush(AbortSignal.timeout(2_000));
    expect(await remaining(limiter, charge)).toBe(1_000_000 - 10 * held.length);
  });

  it('charges once what a request streams during an outage beyond what Redis had reserved for it', async () => {
    const limiter = await start();
    const charge = budget(10_000, 100);
    const before = await hold(limiter, 'before', [charge]);
    await away(limiter);
    before.meter(1_000);
    await back(limiter);
    await until(async () => (await remaining(limiter, charge)) < 10_000 - 100);
    expect(await remaining(limiter, charge)).toBe(10_000 - 100 - 1_000);
    before.settle({ charges: [charge], outputTokens: 1_200 });
    await limiter.flush(AbortSignal.timeout(2_000));
    expect(await remaining(limiter, charge)).toBe(10_000 - 100 - 1_200);
  });

  it('charges once what ends during an outage, and gives its refund to nobody else', async () => {
    const limiter = await start();
    const charge = budget(10_000, 0);
    const less = await hold(limiter, 'less', [{ ...charge, fixed: 2_000 }]);
    const more = await hold(limiter, 'more', [{ ...charge, fixed: 100 }]);
    const unreserved = await hold(limiter, 'unreserved', [charge]);
    await away(limiter);
    const during = await hold(limiter, 'during', [{ ...charge, fixed: 500 }]);
    less.settle({ charges: [charge], outputTokens: 50 });
    more.settle({ charges: [charge], outputTokens: 900 });
    unreserved.settle({ charges: [charge], outputTokens: 30 });
    during.settle({ charges: [charge], outputTokens: 500 });
    await back(limiter);
    await limiter.flush(AbortSignal.timeout(2_000));
    expect(await remaining(limiter, charge)).toBe(10_000 - 50 - 900 - 30 - 500);
  });

  it.each(['during', 'after'] as const)(
    'charges once what a request that Redis granted takes locally, settled %s the outage',
    async (when) => {
      const limiter = await start();
      const [first, second] = [budget(10_000, 100), { ...budget(5_000, 40), bucket: 'tenant:other' }];
      const parked = await hold(limiter, 'parked', [first]);
      // Else it begins with what the ledger says, when Redis is back.
      await remaining(limiter, second);
      await away(limiter);
      expect((await parked.change([first, second], 0)).granted).toBe(true);
      const settle = () => parked.settle({ charges: [first, second], outputTokens: 7 });
      if (when === 'during') settle();
      await back(limiter);
      if (when === 'after') settle();
      await limiter.flush(AbortSignal.timeout(2_000));
      expect([await remaining(limiter, first), await remaining(limiter, second)]).toEqual([
        10_000 - 107,
        5_000 - 47,
      ]);
    },
  );

  it('keeps places when Redis comes back empty', async () => {
    const limiter = await start({ heartbeatMs: 100, meterMs: 50 });
    await hold(limiter, 'a', [places(2)]);
    await redis.restart();
    await until(async () => limiter.stats().mode === 'redis' && (await remaining(limiter, places(2))) === 1);
  });

  it('keeps what budgets hold of running requests when Redis comes back empty, and charges it once', async () => {
    const limiter = await start({ heartbeatMs: 100, meterMs: 50 });
    const charge = budget(1_000, 0);
    const before = await hold(limiter, 'before', [{ ...charge, fixed: 300 }]);
    await redis.kill9();
    await until(() => limiter.stats().mode === 'local');
    const during = await hold(limiter, 'during', [{ ...charge, fixed: 200 }]);
    await redis.restart();
    await until(() => limiter.stats().mode === 'redis');
    await until(async () => (await remaining(limiter, charge)) === 1_000 - 300 - 200);
    before.settle({ charges: [charge], outputTokens: 250 });
    during.settle({ charges: [charge], outputTokens: 100 });
    await limiter.flush(AbortSignal.timeout(2_000));
    expect(await remaining(limiter, charge)).toBe(1_000 - 250 - 100);
  });

  it('counts a running request once when Redis was unreachable until its record had run out', async () => {
    const limiter = await start({ leaseMs: 200, heartbeatMs: 50, meterMs: 50 });
    const charge = budget(1_000, 0);
    const running = await hold(limiter, 'running', [{ ...charge, fixed: 300 }]);
    await away(limiter);
    const admin = new Redis(redis.url);
    await until(async () => (await admin.keys(`p${prefixes}:*running`)).length === 0);
    admin.disconnect();
    await back(limiter);
    expect(await remaining(limiter, charge)).toBe(1_000 - 300);
    running.settle({ charges: [charge], outputTokens: 250 });
    await limiter.flush(AbortSignal.timeout(2_000));
    expect(await remaining(limiter, charge)).toBe(1_000 - 250);
  });

  it('charges once what ended while Redis was unreachable, however long after its record had run out', async () => {
    const limiter = await start({ leaseMs: 200, heartbeatMs: 50, meterMs: 50 });
    const charge = budget(1_000, 0);
    const perMinute = dayRate(1_000);
    const less = await hold(limiter, 'less', [
      { ...charge, fixed: 300 },
      { ...perMinute, fixed: 40 },
    ]);
    const more = await hold(limiter, 'more', [{ ...charge, fixed: 10 }]);
    await away(limiter);
    less.settle({ charges: [charge, { ...perMinute, fixed: 30 }], outputTokens: 250 });
    more.settle({ charges: [charge], outputTokens: 60 });
    const admin = new Redis(redis.url);
    for (const id of ['less', 'more'])
      await until(async () => (await admin.keys(`p${prefixes}:*${id}`)).length === 0);
    admin.disconnect();
    await back(limiter);
    await limiter.flush(AbortSignal.timeout(2_000));
    expect([await remaining(limiter, charge), await remaining(limiter, perMinute)]).toEqual([
      1_000 - 250 - 60,
      1_000 - 30,
    ]);
  });

  it('does not take twice what a held-up question takes late', async () => {
    const limiter = await start();
    await hold(limiter, 'first', [places(10)]);
    await proxy.set('stall');
    await Promise.all(Array.from({ length: 4 }, (_, at) => ask(limiter, `late-${at}`, [places(10)])));
    await until(() => limiter.stats().mode === 'local');
    await back(limiter);
    await limiter.flush(AbortSignal.timeout(2_000));
    expect(await remaining(limiter, places(10))).toBe(5);
  });
});

function newReplicaFile(file: string): ReplicaFile {
  return new ReplicaFile(file, (error) => {
    throw error;
  });
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(10);
}

async function grants(limiter: ResilientLimiter, times: number, charge: RateCharge): Promise<number> {
  let granted = 0;
  for (let turn = 0; turn < times; turn++) if ((await limiter.take(NORMAL, [charge])).granted) granted++;
  return granted;
}

function ask(limiter: ResilientLimiter, requestId: string, charges: readonly Charge[], spender = NORMAL) {
  return limiter.reserve({ spender, requestId, charges, outputTokens: 0, taken: [] });
}

async function hold(
  limiter: ResilientLimiter,
  requestId: string,
  charges: readonly Charge[],
): Promise<Reservation> {
  const decision = await ask(limiter, requestId, charges);
  if (!decision.granted) throw new TypeError(`${requestId} was denied: ${JSON.stringify(decision)}`);
  return decision.reservation;
}

async function remaining(limiter: ResilientLimiter, charge: Charge): Promise<number> {
  const [standing] = await limiter.standings(NORMAL, [charge]);
  return standing?.remaining ?? Number.NaN;
}

function places(limit: number): PlaceCharge {
  const kind = 'concurrent_requests';
  return { type: 'place', kind, scope: 'tenant', bucket: `tenant:${kind}`, fixed: 1, perOutput: 0, limit };
}

function budget(limit: number, fixed: number): BudgetCharge {
  const fromMs = Date.UTC(2026, 0, 1);
  const untilMs = Date.UTC(2100, 0, 1);
  const name = {
    kind: 'month_budget',
    scope: 'tenant',
    bucket: 'tenant:month:budget:tokens',
    lineage: null,
  } as const;
  return { type: 'budget', ...name, fixed, perOutput: 1, limit, unit: 'tokens', fromMs, untilMs };
}
