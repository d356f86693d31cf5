// "Why did my request go there?": the headers, /v1/route, the gateway's record, the admin API and the command line tell one story.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestStory } from '#telemetry';
import { ran } from '../../apps/cli/src/testing/test-terminal.ts';
import { type ControlUnderTest, controlOver } from '../../apps/control/test/control-under-test.ts';
import { ask, CHAT, chat, open, words } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { POOLS } from './harness/fleet-under-test.ts';
import { startTenantsUnderTest, type TenantsUnderTest } from './harness/tenants-under-test.ts';

const EAGER = { retryBudgetRatio: 1, retryBudgetMinPerSecond: 1_000 };
const BLIND = { compareCounts: false, scrapeIntervalMs: 3_600_000, warmUpMs: 0, breakerFailures: 1_000 };

let tenants: TenantsUnderTest;
let control: ControlUnderTest;
let key: string;

beforeAll(async () => {
  tenants = await startTenantsUnderTest({ pools: POOLS, settings: { relay: EAGER, workers: BLIND } });
  control = await controlOver(tenants.database, { gateways: [tenants.gateway.opsUrl, 'http://127.0.0.1:1'] });
  key = await tenants.newTenant('asking');
});
afterAll(async () => {
  await control.close();
  await tenants.close();
});

let asked = 0;
const newId = () => `mine-${++asked}`;

async function storiesOf(id: string): Promise<readonly RequestStory[]> {
  const response = await fetch(`${tenants.gateway.opsUrl}/requests/${id}`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { requests: readonly RequestStory[] }).requests;
}

async function storyOf(id: string): Promise<RequestStory> {
  const [story] = await storiesOf(id);
  if (story === undefined) throw new Error(`no record of ${id}`);
  return story;
}

describe('the record of a request', () => {
  it('says what the headers and /v1/route say, in the same words', async () => {
    const id = newId();
    const body = chat(words(1_200), { max_tokens: 100 });
    const { headers } = await ask(tenants, CHAT, body, { key, headers: { 'x-request-id': id } });
    const route = (await ask(tenants, '/v1/route', body, { key })).json<{
      readonly choice: { readonly reason: string; readonly explanation: string };
      readonly pools: readonly { readonly name: string; readonly why_not: object | null }[];
    }>();
    const story = await storyOf(id);
    expect(story).toMatchObject({
      state: 'ended',
      outcome: 'completed',
      tenant: 'asking',
      correlation_id: id,
      pool: headers.get('x-ropeway-pool'),
      rope: headers.get('x-ropeway-rope'),
      reason: headers.get('x-ropeway-reason'),
      prompt_tokens: Number(headers.get('x-ropeway-prompt-tokens')),
      output_budget: Number(headers.get('x-ropeway-output-budget')),
      explanation: route.choice.explanation,
    });
    expect(story.pools.map(({ name, why_not }) => ({ name, why_not }))).toEqual(
      route.pools.map(({ name, why_not }) => ({ name, why_not })),
    );
    expect(story.pools.map(({ why_not }) => why_not?.code ?? null)).toEqual([
      'too-short',
      null,
      'larger-rope',
    ]);
  });

  it('has each step with its time, and the attempt', async () => {
    const id = newId();
    await ask(tenants, CHAT, chat('Hello'), { key, headers: { 'x-request-id': id } });
    const { steps, attempts, duration_ms: took } = await storyOf(id);
    expect(steps.map(({ name }) => name)).toEqual([
      ...['identify', 'read', 'parse', 'count', 'route', 'reserve', 'intend', 'route', 'attempt', 'charge'],
    ]);
    expect(steps.reduce((sum, { took_ms }) => sum + took_ms, 0)).toBeCloseTo(took, 0);
    expect(attempts).toMatchObject([{ pool: 'default', outcome: 'finished', cause: null }]);
  });

  it('has every worker that was asked, and why another was', async () => {
    const id = newId();
    for (const sim of tenants.sims('default')) sim.inflict({ kind: 'status', status: 500 });
    const answer = await ask(tenants, CHAT, chat('Twice'), { key, headers: { 'x-request-id': id } });
    expect(answer.error.code).toBe('worker_failed');
    const { attempts, fault, outcome } = await storyOf(id);
    expect(attempts.map(({ outcome: how }) => how)).toEqual(['retry', 'retry']);
    expect(attempts.every(({ cause }) => cause !== null && cause !== '')).toBe(true);
    expect(new Set(attempts.map(({ worker }) => worker)).size).toBe(2);
    expect([outcome, fault]).toEqual(['failed', 'worker_failed']);
    for (const sim of tenants.sims('default')) sim.heal();
  });

  it('of a refused one says how much every pool was short', async () => {
    const id = newId();
    await ask(tenants, CHAT, chat(words(6_000)), { key, headers: { 'x-request-id': id } });
    const { outcome, fault, pools, pool, attempts } = await storyOf(id);
    expect([outcome, fault, pool, attempts.length]).toEqual(['refused', 'context_length_exceeded', null, 0]);
    expect(pools.every(({ why_not, headroom }) => why_not?.code === 'too-short' && headroom < 0)).toBe(true);
  });

  it('of one that a limit refused says which, and when to come back', async () => {
    const limited = await tenants.newTenant('limited', { limits: { requestsPerMinute: 6 } });
    await ask(tenants, CHAT, chat('First'), { key: limited });
    const id = newId();
    const refused = await ask(tenants, CHAT, chat('Second'), {
      key: limited,
      headers: { 'x-request-id': id },
    });
    const told = Number(refused.headers.get('retry-after-ms'));
    expect(told).toBeGreaterThan(0);
    expect(await storyOf(id)).toMatchObject({
      outcome: 'refused',
      status: 429,
      fault: 'rate_limit_exceeded',
      limit: { kind: 'requests', scope: 'tenant', unit: null },
      retry_after_ms: told,
    });
    const env = { ROPEWAY_ADMIN_URL: control.url, ROPEWAY_ADMIN_KEY: control.adminKey };
    const { out } = await ran(['request', 'show', id], { env });
    expect(out).toMatch(/^limit +requests of the tenant$/m);
    expect(out).toMatch(/^retry after +\d+s$/m);
  });

  it('is there while the request runs', async () => {
    const id = newId();
    const body = chat('Slowly', { stream: true, max_tokens: 200 });
    const response = await open(tenants, CHAT, body, { key, headers: { 'x-request-id': id } });
    const reader = response.body?.getReader();
    await reader?.read();
    expect(await storyOf(id)).toMatchObject({ state: 'running', outcome: null, pool: 'default' });
    await reader?.cancel();
  });

  it('has neither the prompt nor the key', async () => {
    const id = newId();
    await ask(tenants, CHAT, chat('a-secret-prompt'), { key, headers: { 'x-request-id': id } });
    const page = await (await fetch(`${tenants.gateway.opsUrl}/requests/${id}`)).text();
    expect(page).not.toContain('a-secret-prompt');
    expect(page).not.toContain(key);
  });

  it('of one nobody knows is 404', async () => {
    expect((await fetch(`${tenants.gateway.opsUrl}/requests/nobody`)).status).toBe(404);
    expect((await fetch(`${tenants.gateway.opsUrl}/requests/%E0%A4%A`)).status).toBe(404);
  });
});

describe('the admin API', () => {
  it('has the row of the ledger and the record, and says which gateway did not answer', async () => {
    const id = newId();
    await ask(tenants, CHAT, chat('Kept'), { key, headers: { 'x-request-id': id } });
    const { request_id: ours } = await storyOf(id);
    await eventually('the row is in the ledger', async () => (await tenants.usage.record(ours)) !== null);
    for (const name of [ours, id]) {
      const { status, body } = await control.ask(`/admin/requests/${name}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        row: { requestId: ours, tenant: 'asking' },
        records: [{ request_id: ours, correlation_id: id, state: 'ended' }],
        gateways: { asked: 2, silent: [{ url: 'http://127.0.0.1:1' }] },
      });
    }
  });

  it('answers 404 for one nobody knows only when every gateway has answered', async () => {
    const silent = await control.ask('/admin/requests/nobody');
    expect(silent.status).toBe(200);
    expect(silent.body).toMatchObject({
      row: null,
      records: [],
      gateways: { asked: 2, silent: [{ url: 'http://127.0.0.1:1' }] },
    });
    const all = await controlOver(tenants.database, { gateways: [tenants.gateway.opsUrl] });
    try {
      const { status, body } = await all.ask('/admin/requests/nobody');
      expect(status).toBe(404);
      expect(body.detail).toContain('There is no request nobody');
    } finally {
      await all.close();
    }
  });

  it('is read out by `ropeway request show` within 80 columns', async () => {
    const id = newId();
    await ask(tenants, CHAT, chat(words(1_200)), { key, headers: { 'x-request-id': id } });
    const env = { ROPEWAY_ADMIN_URL: control.url, ROPEWAY_ADMIN_KEY: control.adminKey };
    const { code, out, err } = await ran(['request', 'show', id], { env });
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const word of ['identify', 'attempt', 'Too short by', 'finished', 'did not answer', id])
      expect(out).toContain(word);
    const json = await ran(['request', 'show', id, '--json'], { env });
    expect(JSON.parse(json.out).records[0].correlation_id).toBe(id);
  });
});
