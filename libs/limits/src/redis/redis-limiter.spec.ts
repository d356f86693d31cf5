import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { testRedisUrl, uniquePrefix } from '../../../../test/servers/shared-servers.ts';
import type { BudgetCharge, Charge, PlaceCharge, RateCharge, Spender } from '../limiter.ts';
import { connectRedis } from './connect-redis.ts';
import { RedisLimiter, type RedisLimiterOptions } from './redis-limiter.ts';

const SPENDER: Spender = { tenant: 'acme', isStrict: false, isPrepaid: false };
const SECOND_US = 1_000_000;
const RESTORE = 'docs/runbooks/backup-and-restore.md';

describe('RedisLimiter', () => {
  let admin: Redis;
  const connections: ReturnType<typeof connectRedis>[] = [];
  const limiters: RedisLimiter[] = [];

  beforeAll(async () => {
    admin = new Redis(await testRedisUrl());
  });
  afterAll(async () => {
    for (const limiter of limiters) await limiter.close();
    for (const connection of [...connections, admin]) connection.disconnect();
  });

  const open = async (keyPrefix: string, more: Partial<RedisLimiterOptions> = {}) => {
    const urls = [await testRedisUrl()];
    const connection = connectRedis(
      { urls, isCluster: false, username: null, password: null, ca: null },
      () => {},
    );
    connections.push(connection);
    await once(connection, 'ready');
    const options = {
      commandTimeoutMs: 5_000,
      leaseMs: 30_000,
      heartbeatMs: 10_000,
      meterTokens: 256,
      meterMs: 1_000,
    };
    const limiter = new RedisLimiter({ connection, keyPrefix, truth: null, ...options, ...more });
    limiters.push(limiter);
    return limiter;
  };

  it('grants exactly 100 of 2,000 racers on four connections', async () => {
    const prefix = `${uniquePrefix()}:`;
    const four = await Promise.all([open(prefix), open(prefix), open(prefix), open(prefix)]);
    const charge = rate({ limit: 100, periodMs: 86_400_000, burst: 100 });
    const racers = Array.from({ length: 2_000 }, (_, at) => four[at % 4]?.take(SPENDER, [charge]));
    const decisions = await Promise.all(racers);
    expect(decisions.filter((decision) => decision?.granted)).toHaveLength(100);
  });

  it('frees the places of a process that died after a lease, and not before', async () => {
    const clock = { us: 1_000 * SECOND_US, wallMs: Date.now() };
    const now = () => ({ ...clock });
    const prefix = `${uniquePrefix()}:`;
    const dead = await open(prefix, { now, meterMs: 3_600_000 });
    for (const id of ['a', 'b']) await reserve(dead, id, [places(2)]);
    const alive = await open(prefix, { now });
    clock.wallMs += 29_999;
    expect((await reserve(alive, 'c', [places(2)])).granted).toBe(false);
    clock.wallMs += 1;
    expect((await reserve(alive, 'd', [places(2)])).granted).toBe(true);
    expect((await alive.standings(SPENDER, [places(2)]))[0]?.remaining).toBe(1);
  });

  it('renews the leases of what runs', async () => {
    const clock = { us: 1_000 * SECOND_US, wallMs: Date.now() };
    const prefix = `${uniquePrefix()}:`;
    const limiter = await open(prefix, { now: () => ({ ...clock }), meterMs: 20, heartbeatMs: 20 });
    await reserve(limiter, 'a', [places(1)]);
    for (let turn = 0; turn < 4; turn++) {
      clock.wallMs += 20_000;
      // Until the lease reaches beyond the next step of the clock.
      while (Number(await admin.zscore(`${prefix}{acme}:tenant:places`, 'a')) < clock.wallMs + 30_000);
    }
    expect((await reserve(limiter, 'b', [places(1)])).granted).toBe(false);
  });

  it('goes on when the server has forgotten the script', async () => {
    const limiter = await open(`${uniquePrefix()}:`);
    const charge = rate({ limit: 60, periodMs: 60_000, burst: 10 });
    await limiter.take(SPENDER, [charge]);
    await admin.script('FLUSH');
    expect((await limiter.take(SPENDER, [charge])).granted).toBe(true);
  });

  it('writes no guess where limits are only looked at: a prepaid tenant would spend on it', async () => {
    const truth = { used: () => Promise.reject(new Error('the ledger is away')) };
    const limiter = await open(`${uniquePrefix()}:`, { truth });
    const prepaid = { ...SPENDER, isPrepaid: true };
    await limiter.standings(prepaid, [budget(100, 0)]);
    const asked = { spender: prepaid, requestId: 'a', outputTokens: 0, taken: [] };
    expect(await limiter.reserve({ ...asked, charges: [budget(100, 1)] })).toMatchObject({
      granted: false,
      why: 'away',
    });
  });

  it('keeps a rate that was lowered for as long as it has something to drain, and no longer', async () => {
    const prefix = `${uniquePrefix()}:`;
    const limiter = await open(prefix);
    const before = { ...rate({ limit: 6_000, periodMs: 60_000, burst: 1_000 }), fixed: 1_000 };
    const after = rate({ limit: 1, periodMs: 60_000, burst: 1 });
    await limiter.take(SPENDER, [before]);
    const denied = await limiter.take(SPENDER, [after]);
    if (denied.granted || denied.why !== 'later') throw new TypeError('not denied');
    const leftMs = await admin.pttl(`${prefix}{acme}:${after.bucket}`);
    expect(leftMs).toBeLessThanOrEqual(denied.retryAfterMs + 2_000);
    const [standing] = await limiter.standings(SPENDER, [after]);
    // What is left of it is read later than the standing was, and outlives it by a second.
    expect(await admin.pttl(`${prefix}{acme}:${after.bucket}`)).toBeGreaterThan(0);
    expect(standing?.resetMs).toBeLessThanOrEqual(10_000);
  });

  it('charges each tenant what it owes, though both are told of at once and by the same id', async () => {
    const limiter = await open(`${uniquePrefix()}:`);
    const charge = rate({ limit: 100, periodMs: 86_400_000, burst: 100 });
    const row = (amount: number) => [{ charge: { ...charge, fixed: amount }, slot: 0, amount, believed: 0 }];
    const owed = { acme: 50, other: 80, third: 30 };
    await Promise.all(
      Object.entries(owed).map(([tenant, amount]) => limiter.owe(tenant, 'owed-by-all-0', row(amount))),
    );
    for (const [tenant, amount] of Object.entries(owed)) {
      const [standing] = await limiter.standings({ ...SPENDER, tenant }, [charge]);
      expect([tenant, standing?.remaining]).toEqual([tenant, 100 - amount]);
    }
  });

  it('tells a debt ahead of what is given back of it, for a budget does not go below 0', async () => {
    const limiter = await open(`${uniquePrefix()}:`);
    const charge = budget(10_000, 1_000);
    const of = { requestId: 'a.local', spender: SPENDER };
    await limiter.standings(SPENDER, [charge]);
    const reservation = limiter.reservation(of);
    await reservation.adopt([{ charge, amount: 1_000 }], 0);
    limiter.isPaused = true;
    reservation.settle({ charges: [budget(10_000, 10)], outputTokens: 0 });
    limiter.oweLater('acme', 'owed-0', [{ charge, slot: 0, amount: 1_000, believed: 0 }]);
    limiter.isPaused = false;
    await limiter.flush(AbortSignal.timeout(5_000));
    expect((await limiter.standings(SPENDER, [charge]))[0]?.remaining).toBe(10_000 - 10);
  });

  it('writes rates that gateways before can read, and goes on with what those wrote', async () => {
    const prefix = `${uniquePrefix()}:`;
    const clock = { us: 1_000 * SECOND_US, wallMs: Date.now() };
    const limiter = await open(prefix, { now: () => ({ ...clock }) });
    const charge = { ...rate({ limit: 60, periodMs: 60_000, burst: 10 }), fixed: 7 };
    const key = `${prefix}{acme}:${charge.bucket}`;
    await limiter.take(SPENDER, [charge]);
    const level = 7 * 60_000_000;
    expect(sevenNumbers(await admin.getBuffer(key))).toEqual([
      level,
      clock.us,
      level,
      clock.us,
      0,
      clock.us,
      0,
    ]);
    const lower = rate({ limit: 6, periodMs: 60_000, burst: 10 });
    await limiter.standings(SPENDER, [lower]);
    expect(sevenNumbers(await admin.getBuffer(key))).toEqual([
      level / 10,
      clock.us,
      level / 10,
      clock.us,
      0,
      clock.us,
      0,
    ]);
    const old = (await admin.getBuffer(key))?.subarray(0, 7 * 8);
    await admin.set(key, old ?? '', 'PX', 60_000);
    clock.us += SECOND_US;
    // 0.7 of 10 were in use, and a tenth of a unit has drained since.
    expect(await limiter.standings(SPENDER, [lower])).toMatchObject([{ remaining: 9, resetMs: 6_000 }]);
    const asked = { ...lower, fixed: 10 };
    expect(await limiter.take(SPENDER, [asked])).toMatchObject({ granted: false, retryAfterMs: 6_000 });
  });

  it('lets every key expire, and keeps all of a tenant in one slot', async () => {
    const prefix = `${uniquePrefix()}:`;
    const limiter = await open(prefix);
    const charges = [rate({ limit: 60, periodMs: 60_000, burst: 10 }), places(5), budget(1_000, 10)];
    await limiter.take(SPENDER, [rate({ limit: 60, periodMs: 60_000, burst: 10 })]);
    await reserve(limiter, 'stays', charges);
    const ended = await reserve(limiter, 'ends', charges);
    if (ended.granted) ended.reservation.settle({ charges, outputTokens: 5 });
    await limiter.flush(AbortSignal.timeout(2_000));
    const keys = await admin.keys(`${prefix}*`);
    expect(keys).toHaveLength(6);
    for (const key of keys) {
      expect(key.startsWith(`${prefix}{acme}:`)).toBe(true);
      expect(await admin.pttl(key)).toBeGreaterThan(0);
    }
  });

  it('reads budgets anew from a restored ledger while requests run, by the command of the runbook, and charges those once', async () => {
    const prefix = `${uniquePrefix()}:`;
    let inLedger = 500;
    const truth = { used: () => Promise.resolve(inLedger) };
    const limiter = await open(prefix, { truth, meterMs: 3_600_000 });
    const used = (requestId: string) => ({ charges: [budget(1_000, 10)], outputTokens: requestId.length });
    const running = await reserve(limiter, 'runs', [budget(1_000, 100)]);
    const metered = await reserve(limiter, 'metered', [budget(1_000, 100)]);
    const ended = await reserve(limiter, 'ended', [budget(1_000, 100)]);
    if (!running.granted || !metered.granted || !ended.granted) throw new TypeError('denied');
    ended.reservation.settle(used('ended'));
    await limiter.flush(AbortSignal.timeout(5_000));
    inLedger = 40;
    const [command = 'none', script = 'none'] =
      /^redis-cli eval "(.+)" 0 .+$/m.exec(readFileSync(RESTORE, 'utf8')) ?? [];
    const names = [...command.matchAll(/'rw:([^']+)'/g)].map(([, name]) => `${prefix}${name}`);
    await admin.eval(script, 0, ...names);
    expect(await leftOf(limiter)).toBe(1_000 - 40);
    metered.reservation.meter(150);
    await limiter.flush(AbortSignal.timeout(5_000));
    expect(await leftOf(limiter)).toBe(1_000 - 40 - 100 - 250);
    running.reservation.settle(used('runs'));
    metered.reservation.settle(used('metered'));
    // As if its first answer had been lost on the way.
    await limiter.raise(SPENDER.tenant, 'ended', [
      { charge: budget(1_000, 10), slot: 0, amount: 15, believed: 0 },
    ]);
    await limiter.flush(AbortSignal.timeout(5_000));
    expect(await leftOf(limiter)).toBe(1_000 - 40 - 14 - 17);
  });

  it('lets the places of a process expire that took them when all were free again, and died', async () => {
    const prefix = `${uniquePrefix()}:`;
    const limiter = await open(prefix);
    const before = await reserve(limiter, 'before', [places(5)]);
    if (before.granted) before.reservation.settle({ charges: [], outputTokens: 0 });
    await limiter.flush(AbortSignal.timeout(2_000));
    await reserve(limiter, 'dies', [places(5)]);
    expect(await admin.pttl(`${prefix}{acme}:tenant:places`)).toBeGreaterThan(0);
  });

  it('asks Redis nothing for who was denied a moment ago and asks for as much again', async () => {
    const limiter = await open(`${uniquePrefix()}:`);
    const [connection] = connections.slice(-1);
    if (connection === undefined) throw new TypeError('no connection');
    const asked = jest.spyOn(connection, 'callBuffer');
    const charge = rate({ limit: 1, periodMs: 60_000, burst: 4 });
    await limiter.take(SPENDER, [{ ...charge, fixed: 2 }]);
    expect((await limiter.take(SPENDER, [{ ...charge, fixed: 3 }])).granted).toBe(false);
    const before = asked.mock.calls.length;
    for (let turn = 0; turn < 50; turn++) await limiter.take(SPENDER, [{ ...charge, fixed: 3 }]);
    expect(asked.mock.calls).toHaveLength(before);
    expect((await limiter.take(SPENDER, [{ ...charge, fixed: 1 }])).granted).toBe(true);
  });

  it('tells streamed output in portions, and what is left within a moment', async () => {
    const limiter = await open(`${uniquePrefix()}:`, { meterMs: 50 });
    const charge = { ...rate({ limit: 1_000, periodMs: 86_400_000, burst: 1_000 }), fixed: 0, perOutput: 1 };
    const decision = await limiter.reserve({
      spender: SPENDER,
      requestId: 'a',
      charges: [charge],
      outputTokens: 100,
      taken: [],
    });
    if (!decision.granted) throw new TypeError('denied');
    for (let tokens = 1; tokens <= 400; tokens++) decision.reservation.meter(tokens);
    let remaining = 900;
    while (remaining !== 600) {
      remaining = (await limiter.standings(SPENDER, [charge]))[0]?.remaining ?? Number.NaN;
      expect(remaining).toBeGreaterThanOrEqual(600);
    }
  });

  it('asks Redis once for all that a turn of the event loop asks, in the order it was asked', async () => {
    const limiter = await open(`${uniquePrefix()}:`);
    const [connection] = connections.slice(-1);
    if (connection === undefined) throw new TypeError('no connection');
    const charge = rate({ limit: 100, periodMs: 86_400_000, burst: 100 });
    await limiter.take(SPENDER, [charge]);
    const asked = jest.spyOn(connection, 'callBuffer');
    const tenants = ['acme', 'other', 'acme', 'third', 'acme'];
    const decisions = await Promise.all(
      tenants.map((tenant) => limiter.take({ ...SPENDER, tenant }, [charge])),
    );
    expect(asked.mock.calls).toHaveLength(1);
    const remaining = decisions.map((decision) => decision.granted && decision.standings[0]?.remaining);
    expect(remaining).toEqual([98, 99, 97, 99, 96]);
  });

  it('comes to the same whether calls share a turn or go one after the other', async () => {
    const clock = { us: 1_000 * SECOND_US, wallMs: Date.now() };
    const now = () => ({ ...clock });
    const together = await open(`${uniquePrefix()}:`, { now });
    const oneByOne = await open(`${uniquePrefix()}:`, { now });
    for (let turn = 0; turn < 20; turn++) {
      const asks = Array.from({ length: 30 }, (_, at) => ({
        requestId: `${turn}-${at}`,
        tenant: at % 3 === 0 ? 'other' : 'acme',
        charges: mixed(1 + ((turn * 7 + at * 3) % 11)),
      }));
      const ask = async (limiter: RedisLimiter, { requestId, tenant, charges }: (typeof asks)[number]) => {
        const spender = { ...SPENDER, tenant };
        return limiter.reserve({ spender, requestId, charges, outputTokens: 3, taken: [] });
      };
      const inOne = await Promise.all(asks.map((one) => ask(together, one)));
      const inTurn = [];
      for (const one of asks) inTurn.push(await ask(oneByOne, one));
      expect(inOne.map(told)).toEqual(inTurn.map(told));
      for (const [at, decision] of inOne.entries()) {
        const other = inTurn[at];
        const { charges = [] } = asks[at] ?? {};
        if (!decision.granted || !other?.granted) continue;
        decision.reservation.settle({ charges, outputTokens: at % 5 });
        other.reservation.settle({ charges, outputTokens: at % 5 });
        if (at % 2 === 0) await new Promise(setImmediate);
      }
      await together.flush(AbortSignal.timeout(5_000));
      await oneByOne.flush(AbortSignal.timeout(5_000));
      clock.us += 400_000;
    }
    const standings = (limiter: RedisLimiter) => limiter.standings(SPENDER, mixed(0));
    expect(await standings(together)).toEqual(await standings(oneByOne));
  });

  it('answers the other calls of a turn when one cannot be run', async () => {
    const prefix = `${uniquePrefix()}:`;
    const limiter = await open(prefix);
    const charge = rate({ limit: 60, periodMs: 60_000, burst: 10 });
    await admin.set(`${prefix}{broken}:tenant:rate`, 'not ours', 'PX', 60_000);
    const take = (tenant: string) => limiter.take({ ...SPENDER, tenant }, [charge]);
    const [first, broken, last] = await Promise.all([take('acme'), take('broken'), take('acme')]);
    expect(broken).toMatchObject({ granted: false, why: 'away' });
    expect([first, last]).toMatchObject([
      { granted: true, standings: [{ remaining: 9 }] },
      { granted: true, standings: [{ remaining: 8 }] },
    ]);
    expect(limiter.stats().errors).toBe(1);
  });

  it('counts a bucket that a request names later from nothing', async () => {
    const limiter = await open(`${uniquePrefix()}:`);
    const decision = await reserve(limiter, 'a', [places(5), mixedRate('first', 10)]);
    if (!decision.granted) throw new TypeError('denied');
    const changed = await decision.reservation.change(
      [places(5), mixedRate('first', 10), mixedRate('second', 40)],
      0,
    );
    if (!changed.granted) throw new TypeError('denied');
    expect(changed.standings.map(({ remaining }) => remaining)).toEqual([4, 90, 60]);
  });

  it('leaves the answer to whoever counts without Redis when a budget cannot be seeded there', async () => {
    const limiter = await open(`${uniquePrefix()}:`);
    const [connection] = connections.slice(-1);
    if (connection === undefined) throw new TypeError('no connection');
    jest.spyOn(connection, 'set').mockRejectedValue(new Error('READONLY'));
    const ask = {
      spender: SPENDER,
      requestId: 'a',
      charges: [budget(1_000, 10)],
      outputTokens: 0,
      taken: [],
    };
    expect(await limiter.tryReserve(ask)).toBeNull();
  });

  it('says away, and takes nothing, when Redis refuses', async () => {
    const limiter = await open(`${uniquePrefix()}:`);
    const connection = connections.at(-1);
    connection?.disconnect();
    expect(await limiter.take(SPENDER, [rate({ limit: 60, periodMs: 60_000, burst: 10 })])).toMatchObject({
      why: 'away',
    });
    expect(limiter.stats().errors).toBe(1);
  });
});

function reserve(limiter: RedisLimiter, requestId: string, charges: readonly Charge[]) {
  return limiter.reserve({ spender: SPENDER, requestId, charges, outputTokens: 0, taken: [] });
}

/** How long to wait is left out: of who was denied a moment ago it is told without asking. */
function told(decision: Awaited<ReturnType<typeof reserve>>) {
  return decision.granted ? decision.standings : 'denied';
}

/** A rate, places and a budget that two dozen requests at once do not all fit into. */
function mixed(fixed: number): readonly Charge[] {
  return [
    mixedRate('tokens', fixed),
    { ...places(9), fixed: Math.min(1, fixed) },
    budget(2_000, fixed),
    { ...mixedRate('output', 0), perOutput: 1 },
  ];
}

function mixedRate(bucket: string, fixed: number): RateCharge {
  return { ...rate({ limit: 100, periodMs: 60_000, burst: 100 }), bucket: `tenant:${bucket}`, fixed };
}

function rate(of: RateCharge['rate']): RateCharge {
  return {
    type: 'rate',
    kind: 'requests',
    scope: 'tenant',
    bucket: 'tenant:rate',
    fixed: 1,
    perOutput: 0,
    rate: of,
  };
}

async function leftOf(limiter: RedisLimiter) {
  return (await limiter.standings(SPENDER, [budget(1_000, 0)]))[0]?.remaining;
}

function places(limit: number): PlaceCharge {
  const kind = 'concurrent_requests';
  return { type: 'place', kind, scope: 'tenant', bucket: 'tenant:places', fixed: 1, perOutput: 0, limit };
}

function budget(limit: number, fixed: number): BudgetCharge {
  const period = { fromMs: Date.UTC(2026, 0, 1), untilMs: Date.UTC(2100, 0, 1) };
  const name = {
    kind: 'month_budget',
    scope: 'tenant',
    bucket: 'tenant:budget:month',
    lineage: null,
  } as const;
  return { type: 'budget', ...name, fixed, perOutput: 1, limit, unit: 'tokens', ...period };
}

/** All there was of a rate before its limit was kept beside it. */
function sevenNumbers(value: Buffer | null): number[] {
  return Array.from({ length: 7 }, (_, at) => value?.readDoubleLE(at * 8) ?? Number.NaN);
}
