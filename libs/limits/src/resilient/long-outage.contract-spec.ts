// What docs/tenants.md says of a Redis that comes back empty, or without what it knew of a request. A key is deleted here where in
// production its time runs out.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type FaultyProxy, startFaultyProxy } from '../../../../test/servers/start-faulty-proxy.ts';
import { startRedis, type TestRedis } from '../../../../test/servers/start-redis.ts';
import type { BudgetCharge, Reservation, Spender } from '../limiter.ts';
import { openTestLimiter, type TestLimiterOptions } from './open-test-limiter.contract.ts';
import type { ResilientLimiter } from './resilient-limiter.ts';

const SPENDER: Spender = { tenant: 'acme', isStrict: false, isPrepaid: false };
const BUDGET: BudgetCharge = {
  type: 'budget',
  kind: 'month_budget',
  scope: 'tenant',
  bucket: 'tenant:month:budget:tokens',
  lineage: null,
  fixed: 0,
  perOutput: 1,
  limit: 1_000,
  unit: 'tokens',
  fromMs: Date.UTC(2026, 0, 1),
  untilMs: Date.UTC(2100, 0, 1),
};
const RECORD = 'rw:{acme}:request:a';
const WAIT_MS = 30_000;

let redis: TestRedis;
let proxy: FaultyProxy;
let admin: Redis;
const open: ResilientLimiter[] = [];

beforeAll(async () => {
  redis = await startRedis();
  proxy = await startFaultyProxy(redis.url);
});
beforeEach(async () => {
  await proxy.set('pass');
  admin = new Redis(redis.url);
  await admin.flushall();
});
afterEach(async () => {
  for (const limiter of open.splice(0)) await limiter.close();
  admin.disconnect();
});
afterAll(async () => {
  await proxy.stop();
  await redis.stop();
});

it('an end whose answer was lost is not charged again once Redis has forgotten it', async () => {
  const limiter = await start({ settleSureMs: 0 });
  const running = await hold(limiter, 300);
  await proxy.set({ kind: 'delay', toServerMs: 0, toClientMs: 2_000 });
  settle(running, 250);
  await until(async () => (await admin.get(RECORD)) === 'settled');
  await until(() => limiter.stats().mode === 'local');
  await admin.del(RECORD);
  await comeBack(limiter);
  expect(await left(limiter)).toBe(1_000 - 250);
});

it('an end that was sent once and did not come through is charged exactly while Redis knows the request', async () => {
  const limiter = await start({ settleSureMs: 0 });
  const running = await hold(limiter, 300);
  await proxy.set('blackhole');
  settle(running, 250);
  await until(() => limiter.stats().mode === 'local');
  await comeBack(limiter);
  expect(await left(limiter)).toBe(1_000 - 250);
});

it('an end that was sent once and did not come through stays counted as reserved once Redis has forgotten the request', async () => {
  const limiter = await start({ settleSureMs: 0 });
  const running = await hold(limiter, 300);
  await proxy.set('blackhole');
  settle(running, 250);
  await until(() => limiter.stats().mode === 'local');
  await admin.del(RECORD);
  await comeBack(limiter);
  expect(await left(limiter)).toBe(1_000 - 300);
});

it('a Redis that comes back empty, long after, charges what runs exactly where its gateway asks first', async () => {
  const limiter = await start(SHORT_LEASE);
  const running = await hold(limiter, 300);
  await redis.kill9();
  await until(() => limiter.stats().mode === 'local');
  await pastLease();
  await redis.restart();
  await comeBack(limiter);
  await until(async () => (await left(limiter)) === 1_000 - 40 - 300);
  settle(running, 250);
  await limiter.flush(AbortSignal.timeout(WAIT_MS));
  expect(await left(limiter)).toBe(1_000 - 40 - 250);
});

it('a Redis that comes back empty, long after, credits what was reserved and not used where another gateway asks first', async () => {
  const limiter = await start(SHORT_LEASE);
  const running = await hold(limiter, 300);
  await proxy.set('refuse');
  await until(() => limiter.stats().mode === 'local');
  await pastLease();
  await redis.restart();
  const other = await start({ ...SHORT_LEASE, urls: [redis.url] });
  expect(await left(other)).toBe(1_000 - 40);
  await comeBack(limiter);
  expect(await left(other)).toBe(1_000 - 40);
  settle(running, 280);
  await until(async () => (await left(other)) === 1_000 - 40 + 20);
});

it('a Redis that comes back empty charges again what ended meanwhile, where a gateway that asks first has it from the ledger', async () => {
  const limiter = await start({});
  const running = await hold(limiter, 300);
  await proxy.set('refuse');
  await until(() => limiter.stats().mode === 'local');
  settle(running, 250);
  await redis.restart();
  const other = await start({ urls: [redis.url], truth: { used: async () => 250 } });
  expect(await left(other)).toBe(1_000 - 250);
  await comeBack(limiter);
  expect(await left(other)).toBe(1_000 - 2 * 250);
});

const SHORT_LEASE = {
  leaseMs: 100,
  heartbeatMs: 20,
  meterMs: 20,
  // All that is in the ledger: nothing of what runs.
  truth: { used: async () => 40 },
};

/** Longer than a record surely is in Redis: 1.5 leases. */
async function pastLease(): Promise<void> {
  const fromMs = performance.now();
  await until(() => performance.now() - fromMs > 2 * SHORT_LEASE.leaseMs);
}

async function start(more: Partial<TestLimiterOptions>): Promise<ResilientLimiter> {
  const quick = { commandTimeoutMs: 200, breakerFailures: 3, breakerProbeMs: 50 };
  const limiter = await openTestLimiter({ urls: [proxy.url], ...quick, ...more });
  open.push(limiter);
  return limiter;
}

async function hold(limiter: ResilientLimiter, fixed: number): Promise<Reservation> {
  const charges = [{ ...BUDGET, fixed }];
  const ask = { spender: SPENDER, requestId: 'a', charges, outputTokens: 0, taken: [] };
  const decision = await limiter.reserve(ask);
  if (!decision.granted) throw new TypeError(`denied: ${JSON.stringify(decision)}`);
  return decision.reservation;
}

function settle(reservation: Reservation, outputTokens: number): void {
  reservation.settle({ charges: [BUDGET], outputTokens });
}

/** With all that was kept for Redis told to it. */
async function comeBack(limiter: ResilientLimiter): Promise<void> {
  await proxy.set('refuse');
  await proxy.set('pass');
  await until(() => limiter.stats().mode === 'redis');
  await limiter.flush(AbortSignal.timeout(WAIT_MS));
  expect(limiter.stats().waitingSettles).toBe(0);
}

async function left(limiter: ResilientLimiter): Promise<number> {
  const [standing] = await limiter.standings(SPENDER, [BUDGET]);
  return standing?.remaining ?? Number.NaN;
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(WAIT_MS);
  while (!(await isTrue())) await sleep(10, undefined, { signal: deadline });
}
