// What the ledger promises of the database, on PostgreSQL and on the embedded twin: each row once, sums that agree with the
// rows, pages that fit together, budgets that count what the rows say.
import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Database } from '#database';
import { onBothDatabases } from '../../database/testing/both-databases.ts';
import type { Page } from './cursor.ts';
import { DatabaseSink } from './database-sink.ts';
import type { LedgerRow } from './ledger.ts';
import { LedgerBudgetTruth } from './ledger-budget-truth.ts';
import { anIntent, aRow } from './ledger-under-test.ts';
import { RowsRefused } from './rows-refused.ts';
import { UsageQueries } from './usage-queries.ts';
import { USAGE_DIMENSIONS, type UsageQuery, type UsageRow } from './usage-row.ts';

const ALL_DAYS = { fromDay: '2026-01-01', toDay: '2027-12-31' };
const DAY_MS = 86_400_000;

function signal(): AbortSignal {
  return AbortSignal.timeout(30_000);
}

/** Rows of a tenant of their own, so that tests share one database. */
function rowsOf(tenant: string, count: number, fields: (index: number) => Partial<LedgerRow> = () => ({})) {
  return Array.from({ length: count }, (_, index) => {
    const intent = anIntent(index, { tenant, request_id: `${tenant}-${index}` });
    return aRow(intent, fields(index));
  });
}

function write(database: Database, rows: readonly object[]): Promise<void> {
  return new DatabaseSink(database).write(JSON.stringify(rows), signal());
}

async function ledgerCount(database: Database, tenant: string): Promise<number> {
  const found = await database.sql
    .selectFrom('ledger')
    .select('request_id')
    .where('tenant', '=', tenant)
    .execute();
  return found.length;
}

async function usage(database: Database, query: Partial<UsageQuery>): Promise<readonly UsageRow[]> {
  const rows: UsageRow[] = [];
  for await (const row of new UsageQueries(database).everyUsage({ ...ALL_DAYS, by: [], ...query }))
    rows.push(row);
  return rows;
}

/** How the daily sums of a tenant differ from its rows: no line when they agree. */
async function differences(database: Database, tenant: string): Promise<readonly object[]> {
  const { rows } = await sql<object>`
    (select day, lineage, key_id, model, pool, requests, prompt_tokens, cached_tokens, reasoning_tokens,
       completion_tokens, weighted_tokens, cost_micro from usage_daily where tenant = ${tenant})
    except
    (select (started_at at time zone 'UTC')::date, lineage, key_id, model, pool, count(*), sum(prompt_tokens)::bigint,
       sum(cached_tokens)::bigint, sum(reasoning_tokens)::bigint, sum(completion_tokens)::bigint,
       sum(ceil((prompt_tokens + completion_tokens) * pool_weight_milli / 1000.0))::bigint, sum(cost_micro)::bigint
     from ledger where tenant = ${tenant} group by 1, 2, 3, 4, 5)`.execute(database.sql);
  return rows;
}

async function everyPage<Item>(
  ask: (cursor: string | null) => Promise<Page<Item> | 'invalid-cursor'>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> | 'invalid-cursor' = await ask(cursor);
    if (page === 'invalid-cursor') throw new Error('our own cursor is refused');
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

onBothDatabases('the ledger in the database', (database) => {
  describe('writing', () => {
    it('counts each row once, however often and in whatever company it comes', async () => {
      const rows = rowsOf('once', 30);
      await write(database(), rows.slice(0, 20));
      await write(database(), rows.slice(0, 20));
      await write(database(), [...rows.slice(10), ...rows.slice(25)]);
      expect(await ledgerCount(database(), 'once')).toBe(30);
      expect(await usage(database(), { tenant: 'once' })).toEqual([
        {
          requests: 30,
          promptTokens: 3_000,
          cachedTokens: 1_200,
          reasoningTokens: 600,
          completionTokens: 1_530,
          // (100 + 51) x 1.5 = 226.5, rounded up a row.
          weightedTokens: 30 * 227,
          costMicro: 210,
        },
      ]);
    });

    it('takes what the outbox knows besides the columns', async () => {
      const price = { input: 1, cached: 2, output: 3 };
      await write(
        database(),
        rowsOf('priced', 1, () => ({ price })),
      );
      expect(await ledgerCount(database(), 'priced')).toBe(1);
    });

    it('lets gateways write the same sums and even the same rows at once', async () => {
      const rows = rowsOf('crowd', 600, (index) => ({
        key_id: `key00000000${index % 9}`,
        pool: `pool-${index % 4}`,
      }));
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let from = 0; from < 600; from += 60) {
          const batch = rows.slice(from, from + 120);
          await write(database(), writer % 2 === 0 ? batch : batch.toReversed());
        }
      });
      await Promise.all(writers);
      expect(await ledgerCount(database(), 'crowd')).toBe(600);
      expect(await differences(database(), 'crowd')).toEqual([]);
    });

    it('keeps text as it came', async () => {
      const model = `'; drop table ledger; -- "\\ 模型 \u2028`;
      await write(
        database(),
        rowsOf('text', 1, () => ({ model, attempts: [] })),
      );
      const record = await new UsageQueries(database()).record('text-0');
      expect(record).toMatchObject({ model, attempts: [] });
    });

    it.each([
      ['a date that is none', { started_at: 'some day' }],
      ['nobody to charge', { tenant: null }],
      ['a character no database holds', { model: 'a\u0000b' }],
      ['half a character', { model: '\ud800' }],
      ['a negative count', { completion_tokens: -1 }],
      ['a fraction of a token', { prompt_tokens: 1.5 }],
      ['a number too large', { cost_micro: 1e30 }],
      ['an outcome it does not know', { outcome: 'lost' }],
    ])('refuses %s, and the whole batch with it', async (_, fault) => {
      const good = rowsOf('refused', 2);
      const bad = { ...aRow(anIntent(0, { request_id: 'refused-bad', tenant: 'refused' })), ...fault };
      await expect(write(database(), [...good, bad])).rejects.toBeInstanceOf(RowsRefused);
      expect(await ledgerCount(database(), 'refused')).toBe(0);
    });

    it('does not blame the rows for a table that is not there', async () => {
      const elsewhere = database().sql.withSchema('nowhere');
      const renamed = elsewhere.schema.createSchema('nowhere').ifNotExists();
      await renamed.execute();
      const attempt = database()
        .sql.transaction()
        .execute(async (trx) => {
          await sql`set local search_path to nowhere`.execute(trx);
          await new DatabaseSink({ ...database(), sql: trx }).write(
            JSON.stringify(rowsOf('lost', 1)),
            signal(),
          );
        });
      await expect(attempt).rejects.not.toBeInstanceOf(RowsRefused);
    });
  });

  describe('usage', () => {
    it('has one item a combination, in pages that fit together', async () => {
      const days = ['2026-10-30', '2026-10-31', '2026-11-01'];
      const rows = rowsOf('pages', 60, (index) => ({
        started_at: `${days[index % 3]}T23:30:00.000Z`,
        model: `model-${index % 2}`,
        pool: `pool-${index % 5}`,
      }));
      await write(database(), rows);
      const queries = new UsageQueries(database());
      const query = { ...ALL_DAYS, by: ['day', 'model', 'pool'] as const, tenant: 'pages' };
      const items = await everyPage((cursor) => queries.usage(query, { limit: 7, cursor }));
      expect(items).toHaveLength(30);
      expect(new Set(items.map(({ day, model, pool }) => `${day} ${model} ${pool}`)).size).toBe(30);
      expect(items.every(({ requests }) => requests === 2)).toBe(true);
      expect(items[0]).toMatchObject({ day: '2026-10-30', model: 'model-0', pool: 'pool-0' });
      expect(items[0]).not.toHaveProperty('tenant');
      expect(await usage(database(), { tenant: 'pages', by: USAGE_DIMENSIONS })).toHaveLength(30);
    });

    it('counts only what is asked for, both days included', async () => {
      await write(
        database(),
        rowsOf('filters', 8, (index) => ({
          started_at: `2026-12-0${index + 1}T00:00:00.000Z`,
          key_id: `key00000000${index % 2}`,
        })),
      );
      const query = { tenant: 'filters', fromDay: '2026-12-02', toDay: '2026-12-05' };
      expect(await usage(database(), query)).toMatchObject([{ requests: 4 }]);
      expect(await usage(database(), { ...query, key: 'key000000001' })).toMatchObject([{ requests: 2 }]);
      expect(await usage(database(), { ...query, pool: 'none' })).toMatchObject([
        { requests: 0, costMicro: 0 },
      ]);
      expect(await usage(database(), { ...query, pool: 'none', by: ['day'] })).toEqual([]);
    });

    it.each(['', 'x', 'W10', 'WyJhIiwiYiIsImMiXQ', 'eyJhIjoxfQ'])(
      'does not take %p for a cursor',
      async (cursor) => {
        const queries = new UsageQueries(database());
        expect(await queries.usage({ ...ALL_DAYS, by: ['day'] }, { limit: 1, cursor })).toBe(
          'invalid-cursor',
        );
        expect(await queries.records({}, { limit: 1, cursor })).toBe('invalid-cursor');
      },
    );
  });

  describe('rows', () => {
    it('come newest first, in pages that fit together, also those of one moment', async () => {
      const rows = rowsOf('newest', 50, (index) => ({
        started_at: new Date(Date.parse('2026-11-23T10:00:00.000Z') + Math.floor(index / 10)).toISOString(),
      }));
      await write(database(), rows);
      const queries = new UsageQueries(database());
      const found = await everyPage((cursor) => queries.records({ tenant: 'newest' }, { limit: 7, cursor }));
      const ids = found.map(({ requestId }) => requestId);
      expect(new Set(ids).size).toBe(50);
      const times = found.map(({ startedAt }) => startedAt);
      expect(times).toEqual(times.toSorted().toReversed());
    });

    it('are found by what they are', async () => {
      await write(
        database(),
        rowsOf('found', 4, (index) => ({
          started_at: `2026-11-2${index}T00:00:00.000Z`,
          outcome: index === 2 ? 'unknown' : 'completed',
        })),
      );
      const queries = new UsageQueries(database());
      const ask = async (query: object) => {
        const page = await queries.records({ tenant: 'found', ...query }, { limit: 10, cursor: null });
        return page === 'invalid-cursor' ? page : page.items.map(({ requestId }) => requestId);
      };
      expect(await ask({ outcome: 'unknown' })).toEqual(['found-2']);
      const span = { from: '2026-11-21T00:00:00.000Z', until: '2026-11-23T00:00:00.000Z' };
      expect(await ask(span)).toEqual(['found-2', 'found-1']);
      expect(await ask({ key: 'nobody' })).toEqual([]);
      expect(await queries.record('found-3')).toMatchObject({
        requestId: 'found-3',
        startedAt: '2026-11-23T00:00:00.000Z',
        poolWeight: 1.5,
        attempts: [{ worker: 'http://10.0.0.1:8000', startedMs: 1, endedMs: 1_999 }],
      });
      expect(await queries.record('nothing')).toBeNull();
    });
  });

  it('says nothing of a budget while rows are on their way', async () => {
    let isBehind = true;
    const truth = new LedgerBudgetTruth(database(), () => isBehind);
    const used = () => truth.used('behind', null, 'tokens', 0, DAY_MS, signal());
    await expect(used()).rejects.toThrow('on their way');
    isBehind = false;
    expect(await used()).toBe(0);
  });

  it('counts a budget as its rows do, wherever its days begin', async () => {
    const startMs = Date.UTC(2026, 5, 1);
    const rows = rowsOf('budget', 300, (index) => ({
      // Every 37 minutes, so that each edge falls between some.
      started_at: new Date(startMs + index * 37 * 60_000).toISOString(),
      lineage: `lineage-${index % 3}`,
      completion_tokens: index,
      cost_micro: index * 2,
    }));
    await write(database(), rows);
    const truth = new LedgerBudgetTruth(database());
    const spans = [
      [startMs, startMs + 8 * DAY_MS],
      [startMs - 2 * 3_600_000, startMs + 2 * DAY_MS - 2 * 3_600_000],
      [startMs + 5.5 * 3_600_000, startMs + DAY_MS + 5.5 * 3_600_000],
      [startMs + 3_600_000, startMs + 7_200_000],
      [startMs + 3 * DAY_MS, startMs + 3 * DAY_MS],
    ] as const;
    for (const [fromMs, untilMs] of spans) {
      for (const lineage of [null, 'lineage-1']) {
        const inSpan = rows.filter((row) => {
          const atMs = Date.parse(row.started_at);
          return atMs >= fromMs && atMs < untilMs && (lineage === null || row.lineage === lineage);
        });
        const tokens = inSpan.reduce((sum, row) => sum + Math.ceil((100 + row.completion_tokens) * 1.5), 0);
        const money = inSpan.reduce((sum, row) => sum + row.cost_micro, 0);
        expect(await truth.used('budget', lineage, 'tokens', fromMs, untilMs, signal())).toBe(tokens);
        expect(await truth.used('budget', lineage, 'money', fromMs, untilMs, signal())).toBe(money);
      }
    }
  });
});
