// What several gateways promise together: limits that hold over all of them, places that outlive no gateway, revocations
// that reach each, and a ledger that a kill costs no row. Real processes, a real Redis, a real PostgreSQL.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { LedgerRecord } from '#ledger';
import type { RunningGateway } from '../servers/start-gateway-process.ts';
import { type Answered, ask, CHAT, chat, open } from './harness/ask.ts';
import { eventually, within } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { chunksOf, StreamReader } from './harness/read-stream.ts';
import { ACTOR, done, idOf } from './harness/state-under-test.ts';
import { startTwoGatewaysUnderTest, type TwoGatewaysUnderTest } from './harness/two-gateways-under-test.ts';

const LEASE_MS = 4_000;
/** What a busy machine may take for a request. */
const REQUEST_MS = 2_000;
const PUSHED_MS = 1_000;
const POLLED_MS = 15_000;
const START_MS = 120_000;

let gateways: TwoGatewaysUnderTest;
beforeAll(async () => {
  gateways = await startTwoGatewaysUnderTest({ leaseMs: LEASE_MS, heartbeatMs: 500 });
}, START_MS);
afterAll(() => gateways?.close());
afterEach(() => gateways.sim.heal());

const both = () => [gateways.one, gateways.two] as const;
const say = ({ url }: RunningGateway, key: string, members = {}) =>
  ask({ url }, CHAT, chat('Hello', members), { key });

/** A stream that has begun and does not go on. */
interface Running {
  readonly requestId: string;
  readonly stream: StreamReader;
}

async function begin({ url }: RunningGateway, key: string): Promise<Running> {
  gateways.sim.inflict({ kind: 'stall', afterTokens: 3 });
  const response = await open({ url }, CHAT, chat('Hello', { stream: true }), { key });
  expect(response.status).toBe(200);
  const stream = new StreamReader(response);
  await stream.next();
  return { requestId: response.headers.get('x-request-id') ?? '', stream };
}

/** Commands that Redis did not answer, of each gateway; some at the start, before it is connected. */
async function limitsErrors(): Promise<readonly number[]> {
  const pages = await Promise.all(both().map((gateway) => gateway.metrics()));
  return pages.map((page) => page.sum('ropeway_limits_errors_total'));
}

describe('a budget worth 100 requests', () => {
  it('admits exactly 100 of 2,000 that come at once, through both', async () => {
    const small = { max_tokens: 1 };
    const measured = await say(gateways.one, await gateways.newTenant('measuring'), small);
    const { usage } = measured.json<{ usage: { total_tokens: number } }>();
    const budget = { period: 'day', unit: 'tokens', limit: 100 * usage.total_tokens } as const;
    const key = await gateways.newTenant('crowd', {
      timeZone: farFromMidnight(),
      limits: { budgets: [budget] },
    });

    const errors = await limitsErrors();
    // Some through each before the crowd, so that whichever is quicker then, both have spent of the one budget.
    const first = await Promise.all(some(10, () => both().map((gateway) => say(gateway, key, small))).flat());
    expect(first.filter(({ status }) => status === 200).length).toBe(20);
    const crowd = await Promise.all(
      some(990, () => both().map((gateway) => say(gateway, key, small))).flat(),
    );
    // Else some were counted apart: what follows would say nothing of both together.
    expect(await limitsErrors()).toEqual(errors);
    expect(crowd.filter(({ status }) => status === 200).length).toBe(80);
    for (const refused of crowd.filter(({ status }) => status !== 200))
      expectFault(refused, 'insufficient_quota');
    for (const gateway of both()) expect((await gateway.metrics()).sum('ropeway_limits_local')).toBe(0);

    await rowsOf('crowd', 100);
    const page = await gateways.usage.usage(
      { ...aroundToday(), by: ['tenant'], tenant: 'crowd' },
      { limit: 1, cursor: null },
    );
    expect(page).toMatchObject({
      items: [{ requests: 100, promptTokens: 100 * (usage.total_tokens - 1), completionTokens: 100 }],
    });
  }, 60_000);
});

describe('a place', () => {
  it('is given to five of 200 that come at once, and to five more when those are gone', async () => {
    const key = await gateways.newTenant('five', { limits: { concurrentRequests: 5 } });
    const stream = (gateway: RunningGateway) => open(gateway, CHAT, chat('Hello', { stream: true }), { key });
    for (let round = 0; round < 2; round++) {
      gateways.sim.inflict({ kind: 'stall', afterTokens: 3, count: null });
      const responses = await Promise.all(some(100, () => both().map(stream)).flat());
      const granted = responses.filter(({ status }) => status === 200);
      expect(granted).toHaveLength(5);
      const refused = responses.filter(({ status }) => status === 429);
      expect(refused).toHaveLength(195);
      await Promise.all(refused.map((response) => response.text()));
      await Promise.all(granted.map((response) => new StreamReader(response).leave()));
      gateways.sim.heal();
      const isFree = async () => (await say(gateways.two, key)).status === 200;
      const areFree = async () => (await Promise.all(some(5, isFree))).every(Boolean);
      // Well before their leases end: they were given back.
      await eventually('the places are free', areFree, LEASE_MS / 2);
    }
  });

  it('is held over its lease as long as the answer runs, and is free soon after its gateway was killed', async () => {
    const key = await gateways.newTenant('places', { limits: { concurrentRequests: 1 } });
    const running = await begin(gateways.one, key);
    const begunMs = performance.now();
    let refused = await say(gateways.two, key);
    while (performance.now() - begunMs < 1.25 * LEASE_MS) {
      expectFault(refused, 'rate_limit_exceeded');
      refused = await say(gateways.two, key);
    }
    expect(refused.error.message).toContain('1 requests at once');

    await gateways.one.kill9();
    await expect(running.stream.rest()).rejects.toThrow();
    // Nobody gave it back: only its lease ends.
    expectFault(await say(gateways.two, key), 'rate_limit_exceeded');
    const isFree = async () => (await say(gateways.two, key)).status === 200;
    await eventually('the place is free', isFree, LEASE_MS + REQUEST_MS);
    await gateways.one.restart();
  });
});

describe('a gateway that ends in order', () => {
  it('finishes what it answers, gives its places back and leaves no row behind', async () => {
    const key = await gateways.newTenant('drained', { limits: { concurrentRequests: 1 } });
    const { one, two, sim } = gateways;
    sim.inflict({ kind: 'freeze' });
    sim.seen.clear();
    const running = say(one, key);
    await eventually('the worker has it', () => sim.seen.to(CHAT).length > 0);
    const drained = one.drain();
    expectFault(await say(two, key), 'rate_limit_exceeded');
    sim.heal();
    const requestId = requestIdOf(await running);
    await drained;
    // At once: nothing is waited for.
    expect((await gateways.usage.record(requestId))?.outcome).toBe('completed');
    expect((await say(two, key)).status).toBe(200);
    await one.restart();
  });
});

describe('a revocation', () => {
  it('is known to both within a second, and cuts what runs in both', async () => {
    const key = await gateways.newTenant('pushed');
    await revokedWithin(PUSHED_MS, key);
  });

  it('is known to both by the poll where nothing is pushed', async () => {
    const key = await gateways.newTenant('polled');
    await breakPush();
    await revokedWithin(POLLED_MS, key);
  });
});

describe('a kill', () => {
  it.each(['there', 'away'] as const)(
    'costs no row and doubles none, with PostgreSQL %s',
    async (postgres) => {
      const tenant = `killed-${postgres}`;
      const key = await gateways.newTenant(tenant);
      const { one, network } = gateways;
      const completed = [requestIdOf(await say(one, key))];
      const begun: string[] = [];
      await eventually('the key is known over a restart', () => snapshotOf(one).includes(idOf(key)));
      if (postgres === 'away') await network.set('refuse');
      for (let kill = 0; kill < 2; kill++) {
        completed.push(...(await Promise.all(some(5, () => say(one, key)))).map(requestIdOf));
        const running = await Promise.all(some(5, () => begin(one, key)));
        begun.push(...running.map(({ requestId }) => requestId));
        await one.kill9();
        await Promise.all(running.map(({ stream }) => expect(stream.rest()).rejects.toThrow()));
        gateways.sim.heal();
        await one.restart();
      }
      completed.push(requestIdOf(await say(one, key)));
      await network.set('pass');

      const rows = await rowsOf(tenant, completed.length + begun.length);
      const idsOf = (outcome: LedgerRecord['outcome']) =>
        rows.filter((row) => row.outcome === outcome).map(({ requestId }) => requestId);
      expect(idsOf('completed').toSorted()).toEqual(completed.toSorted());
      expect(idsOf('unknown').toSorted()).toEqual(begun.toSorted());
      for (const row of rows) expect(row.promptTokens).toBeGreaterThan(0);
      expect(await sumsThatDiffer()).toEqual([]);
    },
    60_000,
  );
});

async function revokedWithin(boundMs: number, key: string): Promise<void> {
  const running = [await begin(gateways.one, key), await begin(gateways.two, key)];
  const cut = running.map(({ stream }) => stream.rest());
  done(await gateways.registry.revokeKey(ACTOR, idOf(key)));
  const known = both().map((gateway) =>
    eventually('the key is refused', async () => (await say(gateway, key)).status === 401, boundMs),
  );
  const ends = await within('the answers are cut', Promise.all(cut), boundMs);
  await Promise.all(known);
  for (const frames of ends) expect(chunksOf(frames).at(-1)?.error?.code).toBe('key_revoked');
  for (const gateway of both()) expectFault(await say(gateway, key), 'key_revoked');
}

/** NOTIFY goes where nobody listens: connections are as they were, so that nothing looks broken. */
async function breakPush(): Promise<void> {
  const { sql: db } = gateways.database;
  const { rows } = await sql<{ text: string }>`
    select pg_get_functiondef('ropeway_tell_changes'::regproc) as text`.execute(db);
  const definition = rows[0]?.text.replace("pg_notify('ropeway_change'", "pg_notify('nobody'") ?? '';
  expect(definition).toContain("'nobody'");
  await sql.raw(definition).execute(db);
}

/** Rows of a tenant once there are so many, and no more. */
async function rowsOf(tenant: string, count: number): Promise<readonly LedgerRecord[]> {
  let rows: readonly LedgerRecord[] = [];
  const isThere = async () => {
    const page = await gateways.usage.records({ tenant }, { limit: 1_000, cursor: null });
    rows = page === 'invalid-cursor' ? [] : page.items;
    return rows.length >= count;
  };
  await eventually(`${count} rows of ${tenant}`, isThere, 30_000);
  expect(rows).toHaveLength(count);
  return rows;
}

/** Daily sums against rows, both ways. */
async function sumsThatDiffer(): Promise<readonly object[]> {
  const { rows } = await sql<object>`
    with sums as (
      select (started_at at time zone 'UTC')::date as day, tenant, key_id, model, pool, count(*) as requests,
        sum(prompt_tokens)::bigint as prompt, sum(completion_tokens)::bigint as completion
      from ledger group by 1, 2, 3, 4, 5
    ), daily as (
      select day, tenant, key_id, model, pool, requests, prompt_tokens, completion_tokens from usage_daily
    )
    (select * from sums except select * from daily) union all (select * from daily except select * from sums)`.execute(
    gateways.database.sql,
  );
  return rows;
}

function snapshotOf({ folder }: RunningGateway): string {
  try {
    return readFileSync(join(folder, 'outbox', 'keys.json'), 'utf8');
  } catch {
    return '';
  }
}

function requestIdOf(answer: Answered): string {
  expect(answer.status).toBe(200);
  return answer.headers.get('x-request-id') ?? '';
}

function some<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

/** A time zone in which no day begins for the next twelve hours. */
function farFromMidnight(): string {
  return new Date().getUTCHours() < 12 ? 'UTC' : 'Etc/GMT+12';
}

function aroundToday(): { readonly fromDay: string; readonly toDay: string } {
  const day = (offsetDays: number) =>
    new Date(Date.now() + offsetDays * 86_400_000).toISOString().slice(0, 10);
  return { fromDay: day(-1), toDay: day(1) };
}
