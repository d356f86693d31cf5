// What was used is written down: one row an answer, whoever ended it, and the sums are the workers' own.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { LedgerRecord } from '#ledger';
import { ask, CHAT, chat, open, words } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { POOLS } from './harness/fleet-under-test.ts';
import { StreamReader } from './harness/read-stream.ts';
import { startTenantsUnderTest, type TenantsUnderTest } from './harness/tenants-under-test.ts';

let tenants: TenantsUnderTest;
beforeAll(async () => {
  tenants = await startTenantsUnderTest({
    pools: POOLS.map((pool) => ({ ...pool, sims: 1, tokenWeight: pool.factor })),
    model: { assumedOutputTokens: 64 },
    settings: {
      prices: [
        { model: 'qwq-32b', input: 500_000, cached: 100_000, output: 2_000_000 },
        { model: 'qwq-32b', pool: 'yarn-2', input: 1_500_000, output: 4_000_000 },
      ],
    },
  });
});
afterAll(() => tenants.close());

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

/** Rows of a tenant once there are so many. */
async function rowsOf(tenant: string, count: number): Promise<readonly LedgerRecord[]> {
  let found: readonly LedgerRecord[] = [];
  await eventually(`${count} rows of ${tenant}`, async () => {
    const page = await tenants.usage.records({ tenant }, { limit: 100, cursor: null });
    found = page === 'invalid-cursor' ? [] : page.items;
    return found.length >= count;
  });
  expect(found).toHaveLength(count);
  return found;
}

it('keeps a row of an answer: tokens as the worker counted them, where it went, how long it took', async () => {
  const key = await tenants.newTenant('kept');
  const answer = await ask(tenants, CHAT, chat(words(1_200), { stream: false }), { key });
  const { usage } = answer.json<{ usage: { prompt_tokens: number; completion_tokens: number } }>();
  const [row] = await rowsOf('kept', 1);
  expect(row).toMatchObject({
    tenant: 'kept',
    model: 'qwq-32b',
    pool: 'yarn-2',
    rope: 'yarn-2',
    outcome: 'completed',
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
    isExact: true,
    attempts: [expect.objectContaining({ outcome: 'finished', pool: 'yarn-2' })],
  });
});

it('keeps what an answer cost, by the price of the pool it went to, cached input at its own', async () => {
  const key = await tenants.newTenant('priced');
  const prompt = words(900);
  const usages: Usage[] = [];
  for (const content of [prompt, prompt, words(1_400)])
    usages.push((await ask(tenants, CHAT, chat(content), { key })).json<{ usage: Usage }>().usage);
  const rows = (await rowsOf('priced', 3)).toReversed();
  const [, second, long] = usages;
  expect(second?.prompt_tokens_details.cached_tokens).toBeGreaterThan(0);
  expect(rows.map(({ cachedTokens }) => cachedTokens)).toEqual(
    usages.map(({ prompt_tokens_details }) => prompt_tokens_details.cached_tokens),
  );
  const cost = (usage: Usage | undefined, input: number, cached: number, output: number) => {
    if (usage === undefined) return Number.NaN;
    const ofCache = usage.prompt_tokens_details.cached_tokens;
    return Math.ceil(
      (usage.prompt_tokens - ofCache) * input + ofCache * cached + usage.completion_tokens * output,
    );
  };
  expect(rows[1]).toMatchObject({ pool: 'default', costMicro: cost(second, 0.5, 0.1, 2) });
  expect(rows[2]).toMatchObject({ pool: 'yarn-2', costMicro: cost(long, 1.5, 1.5, 4) });
});

it('keeps a row of an answer its client left, with what had come', async () => {
  const key = await tenants.newTenant('left');
  tenants.sim('default').inflict({ kind: 'stall', afterTokens: 5 });
  const stream = new StreamReader(await open(tenants, CHAT, chat('Hello', { stream: true }), { key }));
  for (let frame = 0; frame < 5; frame++) await stream.next();
  await stream.leave();
  const [row] = await rowsOf('left', 1);
  expect(row).toMatchObject({ outcome: 'client_closed', isExact: false });
  expect(row?.promptTokens).toBeGreaterThan(0);
  expect(row?.completionTokens).toBeGreaterThanOrEqual(4);
  tenants.sim('default').heal();
});

it('keeps a row of an answer that failed after it began, and of one no worker began', async () => {
  const key = await tenants.newTenant('failed');
  tenants.sim('default').inflict({ kind: 'error-event', afterTokens: 4 });
  await (await open(tenants, CHAT, chat('Hello', { stream: true }), { key })).text();
  tenants.sim('default').heal();
  tenants.sim('default').inflict({ kind: 'status', status: 500 });
  expect((await ask(tenants, CHAT, chat('Hello'), { key })).status).toBeGreaterThanOrEqual(500);
  tenants.sim('default').heal();
  const rows = await rowsOf('failed', 2);
  expect(rows.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  const [later, first] = rows;
  expect(first?.completionTokens).toBeGreaterThanOrEqual(3);
  expect(later).toMatchObject({ promptTokens: 0, completionTokens: 0 });
});

it('keeps none of what was refused before a worker heard of it', async () => {
  const key = await tenants.newTenant('never', { limits: { requestsPerMinute: 6 } });
  await ask(tenants, CHAT, chat('Hello', { max_tokens: 'many' }), { key });
  await ask(tenants, CHAT, chat(), { key });
  const marker = await tenants.newTenant('marker');
  await ask(tenants, CHAT, chat(), { key: marker });
  await rowsOf('marker', 1);
  await rowsOf('never', 0);
});

it('adds up to what the workers count themselves', async () => {
  const key = await tenants.newTenant('summed');
  const before = await engineTokens();
  await Promise.all(
    [10, 200, 900, 1_500, 3_000].flatMap((length) => [
      ask(tenants, CHAT, chat(words(length)), { key }),
      ask(tenants, CHAT, chat(words(length), { stream: true }), { key }),
    ]),
  );
  const rows = await rowsOf('summed', 10);
  const after = await engineTokens();
  const sum = (pick: (row: LedgerRecord) => number) => rows.reduce((total, row) => total + pick(row), 0);
  expect(sum((row) => row.promptTokens)).toBe(after.prompt - before.prompt);
  expect(sum((row) => row.completionTokens)).toBe(after.generation - before.generation);
});

it('shows a tenant its own usage, by day, model and pool, and nobody else’s', async () => {
  const key = await tenants.newTenant('shown');
  await ask(tenants, CHAT, chat('Hello'), { key });
  await ask(tenants, CHAT, chat(words(1_200)), { key });
  await rowsOf('shown', 2);
  const { data } = (await ask(tenants, '/v1/usage?by=model,pool', undefined, { key })).json<{
    data: { model: string; pool: string; requests: number; prompt_tokens: number; weighted_tokens: number }[];
  }>();
  expect(data.map(({ model, pool, requests }) => [model, pool, requests]).toSorted()).toEqual([
    ['qwq-32b', 'default', 1],
    ['qwq-32b', 'yarn-2', 1],
  ]);
  const long = data.find(({ pool }) => pool === 'yarn-2');
  expect(long?.weighted_tokens).toBeGreaterThan(2 * (long?.prompt_tokens ?? 0));
});

it.each([
  'from=yesterday',
  'from=0000-01-01',
  'to=0001-01-01',
  'by=tenant',
  'limit=0',
  'from=2026-01-02&to=2026-01-01',
  'cursor=x',
  `cursor=${Buffer.from('["2026-01-01\\u0000","a","b"]').toString('base64url')}`,
])('refuses usage asked by %s, naming the parameter', async (query) => {
  const key = await tenants.newTenant(`query-${query.replaceAll(/[^a-z0-9]/g, '-')}`);
  const answer = await ask(tenants, `/v1/usage?${query}`, undefined, { key });
  expect(answer.status).toBe(400);
  expect(answer.error.param).toBe(query.split('=')[0]);
});

it.each([
  '/v1/usage?model=qwq-32b',
  '/v1/usage?by[]=day',
  '/v1/usage?format=csv',
  '/v1/usage?tenant=other',
  '/v1/usage?__proto__=x',
  '/v1/limits?key=x',
  '/compatible-mode/v1/limits?from=2026-01-01',
])('refuses the parameter that %s asks by and nobody knows, and says which there are', async (path) => {
  const key = await tenants.newTenant(`unknown${path.replaceAll(/[^a-z0-9]+/g, '-')}q`);
  const param = path.slice(path.indexOf('?') + 1).split('=')[0] ?? '';
  const answer = await ask(tenants, path, undefined, { key });
  expectFault(answer, 'invalid_request', { param });
  const known = path.includes('usage') ? 'from, to, by, cursor, limit' : 'none';
  expect(answer.error.message).toContain(`'${param}' is no parameter of this path. It takes ${known}.`);
});

async function engineTokens(): Promise<{ prompt: number; generation: number }> {
  const sums = { prompt: 0, generation: 0 };
  for (const { name } of POOLS) {
    const page = await (await fetch(`${tenants.sim(name).url}/metrics`)).text();
    sums.prompt += counter(page, 'vllm:prompt_tokens_total');
    sums.generation += counter(page, 'vllm:generation_tokens_total');
  }
  return sums;
}

function counter(page: string, name: string): number {
  return Number(new RegExp(`^${name}\\{[^}]*\\} ([\\d.e+]+)$`, 'm').exec(page)?.[1] ?? Number.NaN);
}
