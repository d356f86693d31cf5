// Keys of the database as their holders meet them: made, scoped, rotated, revoked, expired, and the database away.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newKeyToken, tokenText } from '#tenancy';
import { ask, CHAT, chat, open, words } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { POOLS } from './harness/fleet-under-test.ts';
import { chunksOf, StreamReader } from './harness/read-stream.ts';
import { done, idOf } from './harness/state-under-test.ts';
import { startTenantsUnderTest, type TenantsUnderTest } from './harness/tenants-under-test.ts';

let tenants: TenantsUnderTest;
beforeAll(async () => {
  tenants = await startTenantsUnderTest({
    pools: POOLS.map((pool) => ({ ...pool, sims: 1 })),
    model: { assumedOutputTokens: 64 },
    // All tests have one address.
    settings: { auth: { failedPerMinute: 60_000, lookupTimeoutMs: 10_000 } },
  });
});
afterAll(() => tenants.close());

const say = (key: string, members: Readonly<Record<string, unknown>> = {}, headers = {}) =>
  ask(tenants, CHAT, chat('Hello', members), { key, headers });
const revoke = async (key: string) => done(await tenants.registry.revokeKey('e2e', idOf(key)));

describe('a key', () => {
  it('works as soon as it is made', async () => {
    expect((await say(await tenants.newTenant('made'))).status).toBe(200);
  });

  it('is refused soon after it is revoked', async () => {
    const key = await tenants.newTenant('revoked');
    expect((await say(key)).status).toBe(200);
    await revoke(key);
    await eventually('the key is refused', async () => (await say(key)).status === 401);
    expectFault(await say(key), 'key_revoked');
  });

  it('takes its running answers with it, with an error the client can read', async () => {
    const key = await tenants.newTenant('cut');
    tenants.sim('default').inflict({ kind: 'stall', afterTokens: 3 });
    const stream = new StreamReader(await open(tenants, CHAT, chat('Hello', { stream: true }), { key }));
    await stream.next();
    await revoke(key);
    const chunks = chunksOf(await stream.rest());
    expect(chunks.at(-1)?.error?.code).toBe('key_revoked');
    tenants.sim('default').heal();
    await tenants.idle();
  });

  it.each([
    ['expires', 'key_expired', () => ({ expiresAt: new Date(Date.now() + 5_000).toISOString() })],
    ['is suspended with its tenant', 'key_not_allowed', () => ({})],
  ])('that %s takes them too', async (how, code, terms) => {
    const id = `cut-${code.replaceAll('_', '-')}`;
    const key = await tenants.newTenant(id, {}, terms());
    tenants.sim('default').inflict({ kind: 'stall', afterTokens: 3 });
    const stream = new StreamReader(await open(tenants, CHAT, chat('Hello', { stream: true }), { key }));
    await stream.next();
    if (how !== 'expires') done(await tenants.registry.updateTenant('e2e', id, { suspended: true }, null));
    expect(chunksOf(await stream.rest()).at(-1)?.error?.code).toBe(code);
    tenants.sim('default').heal();
    await tenants.idle();
  });

  it('leaves the answers of other keys alone', async () => {
    const [mine, other] = [await tenants.newTenant('mine'), await tenants.newTenant('other')];
    tenants.sim('default').inflict({ kind: 'slow', delayMs: 300 });
    const running = open(tenants, CHAT, chat('Hello', { stream: true }), { key: other });
    await eventually('it runs', () => tenants.gateway.ports.lifecycle.running > 0);
    await revoke(mine);
    await eventually('the key is refused', async () => (await say(mine)).status === 401);
    const frames = await new StreamReader(await running).rest();
    expect(frames.at(-1)).toBe('data: [DONE]');
    tenants.sim('default').heal();
  });

  it('and the one it was rotated to both work until the overlap is over', async () => {
    const old = await tenants.newTenant('rotated');
    const { text } = done(await tenants.registry.rotateKey('e2e', idOf(old), 60_000));
    expect([(await say(old)).status, (await say(text)).status]).toEqual([200, 200]);
    const next = done(await tenants.registry.rotateKey('e2e', idOf(text), 0));
    await eventually('the rotated key is refused', async () => (await say(text)).status === 401);
    expect((await say(next.text)).status).toBe(200);
  });

  it('that has expired is told so, to whoever proves it', async () => {
    const key = await tenants.newTenant(
      'expired',
      {},
      { expiresAt: new Date(Date.now() + 500).toISOString() },
    );
    await eventually('it has expired', async () => (await say(key)).status === 401);
    expectFault(await say(key), 'key_expired');
    const forged = tokenText({ ...newKeyToken('live'), id: idOf(key) });
    expectFault(await say(forged), 'invalid_api_key');
  });

  it('of a suspended tenant may do nothing', async () => {
    const key = await tenants.newTenant('suspended');
    expect((await say(key)).status).toBe(200);
    done(await tenants.registry.updateTenant('e2e', 'suspended', { suspended: true }, null));
    await eventually('it is refused', async () => (await say(key)).status === 403);
    expectFault(await say(key), 'key_not_allowed');
  });
});

describe('what a key may do', () => {
  it('is its models and no others, and it sees no others', async () => {
    const key = await tenants.newTenant('models', {}, { scopes: { models: [] } });
    expectFault(await say(key), 'model_not_found', { param: 'model' });
    expect((await ask(tenants, '/v1/models', undefined, { key })).json<{ data: unknown[] }>().data).toEqual(
      [],
    );
  });

  it('is what it sees of the models: its pools, and the largest window of those', async () => {
    const seen = async (id: string, scopes: object) => {
      const key = await tenants.newTenant(id, {}, { scopes });
      const { data } = (await ask(tenants, '/v1/models', undefined, { key })).json<{
        data: { max_model_len: number; pools: { name: string }[] }[];
      }>();
      const one = await ask(tenants, '/v1/models/qwq-32b', undefined, { key });
      return {
        key,
        one,
        cards: data.map((card) => [card.max_model_len, card.pools.map(({ name }) => name)]),
      };
    };
    expect((await seen('sees-window', { maxWindowTokens: 1_024 })).cards).toEqual([[1_024, ['default']]]);
    const pooled = await seen('sees-pools', { pools: ['yarn-2'] });
    expect(pooled.cards).toEqual([[2_048, ['yarn-2']]]);
    expect(pooled.one.json()).toMatchObject({ max_model_len: 2_048, pools: [{ name: 'yarn-2' }] });
    const counted = await ask(tenants, '/v1/tokenize', chat('Hello'), { key: pooled.key });
    expect(counted.json()).toMatchObject({ max_model_len: 2_048 });
    const none = await seen('sees-none', { pools: [] });
    expect(none.cards).toEqual([]);
    expectFault(none.one, 'model_not_found', { param: 'model' });
    expect(none.one.error.message).toContain('Known models: none.');
  });

  it('is its window', async () => {
    const key = await tenants.newTenant('window', {}, { scopes: { maxWindowTokens: 1_024 } });
    expect((await say(key)).status).toBe(200);
    const refused = await ask(tenants, CHAT, chat(words(1_500)), { key });
    expectFault(refused, 'key_not_allowed');
    expect(refused.error.message).toContain('It may use: default (1024). ');
    const route = await ask(tenants, '/v1/route', chat(words(1_500)), { key });
    const { choice, fault, pools } = route.json<{
      choice: unknown;
      fault: { code: string };
      pools: { name: string }[];
    }>();
    expect([choice, fault.code, pools.map(({ name }) => name)]).toEqual([
      null,
      'key_not_allowed',
      ['default'],
    ]);
    for (const { text } of [refused, route]) expect(text).not.toContain('yarn');
  });

  it('is all it hears of where it pins a pool that is too small', async () => {
    const key = await tenants.newTenant('pins', {}, { scopes: { pools: ['default', 'yarn-2'] } });
    const pin = { 'x-ropeway-pool': 'default' };
    const refused = await ask(tenants, CHAT, chat(words(1_500)), { key, headers: pin });
    expectFault(refused, 'pool_too_small');
    expect(refused.error.message).toContain('It would fit: yarn-2 (2048). ');
  });

  it('is its largest output, sent to the worker where none is stated', async () => {
    const key = await tenants.newTenant('output', {}, { scopes: { maxOutputTokens: 7 } });
    expectFault(await say(key, { max_tokens: 8 }), 'key_not_allowed', { param: 'max_tokens' });
    const { usage } = (await say(key)).json<{ usage: { completion_tokens: number } }>();
    expect(usage.completion_tokens).toBe(7);
  });

  it('is its largest output where a text says null, which vLLM takes for the rest of the window', async () => {
    const key = await tenants.newTenant('null-output', {}, { scopes: { maxOutputTokens: 20 } });
    const body = { model: 'qwq-32b', prompt: 'Hello', ignore_eos: true, max_tokens: null };
    const answer = await ask(tenants, '/v1/completions', body, { key });
    expect(answer.json<{ usage: { completion_tokens: number } }>().usage.completion_tokens).toBe(16);
  });

  it('is its largest prompt', async () => {
    const key = await tenants.newTenant('prompt', {}, { scopes: { maxPromptTokens: 50 } });
    expectFault(await ask(tenants, CHAT, chat(words(100)), { key }), 'key_not_allowed', {
      param: 'messages',
    });
  });

  it('refuses a stream that is then none that runs', async () => {
    const key = await tenants.newTenant('no-stream', {}, { scopes: { maxPromptTokens: 50 } });
    const refused = await ask(tenants, CHAT, chat(words(200), { stream: true }), { key });
    expectFault(refused, 'key_not_allowed');
    await tenants.idle();
    const page = await (await fetch(`${tenants.gateway.opsUrl}/metrics`)).text();
    expect(page).toMatch(/^ropeway_streams_open 0$/m);
  });

  it.each([
    ['prompt', { maxPromptTokens: 50 }, chat(words(100))],
    ['output', { maxOutputTokens: 7 }, chat('Hello', { max_tokens: 8 })],
  ])(
    'is its largest %s where /v1/route is asked, too, in the words of the refusal',
    async (what, scopes, body) => {
      const key = await tenants.newTenant(`route-${what}`, {}, { scopes });
      const refusal = (await ask(tenants, CHAT, body, { key })).json<{ error: object }>();
      expect(refusal.error).toMatchObject({ code: 'key_not_allowed' });
      const route = await ask(tenants, '/v1/route', body, { key });
      expect(route.status).toBe(200);
      const told = route.json<{ choice: unknown; fault: object; pools: { why_not: { code: string } }[] }>();
      expect([told.choice, told.fault]).toEqual([null, refusal.error]);
      expect(new Set(told.pools.map(({ why_not }) => why_not.code))).toEqual(new Set(['out-of-scope']));
    },
  );

  it('has the same budget at /v1/route as where it is sent, though its largest output is lower', async () => {
    const key = await tenants.newTenant('route-unstated', {}, { scopes: { maxOutputTokens: 7 } });
    const sent = await say(key);
    const { output_budget, choice } = (await ask(tenants, '/v1/route', chat('Hello'), { key })).json<{
      output_budget: number;
      choice: { pool: string };
    }>();
    expect([`${output_budget}`, choice.pool]).toEqual([
      sent.headers.get('x-ropeway-output-budget'),
      sent.headers.get('x-ropeway-pool'),
    ]);
  });

  it('is its endpoints', async () => {
    const key = await tenants.newTenant('endpoints', {}, { scopes: { endpoints: ['text', 'tokenize'] } });
    expectFault(await say(key), 'key_not_allowed');
    expect(
      (await ask(tenants, '/v1/completions', { model: 'qwq-32b', prompt: 'Hello' }, { key })).status,
    ).toBe(200);
  });

  it('is bound to its addresses, whatever a stranger writes into x-forwarded-for', async () => {
    const [elsewhere, here] = [
      await tenants.newTenant('elsewhere', {}, { scopes: { cidrs: ['10.9.0.0/16', '2001:db8::/32'] } }),
      await tenants.newTenant('here', {}, { scopes: { cidrs: ['127.0.0.0/8'] } }),
    ];
    expectFault(await say(elsewhere), 'key_not_allowed');
    expectFault(await say(elsewhere, {}, { 'x-forwarded-for': '10.9.1.1' }), 'key_not_allowed');
    expect((await say(here)).status).toBe(200);
  });

  it('is narrowed by its key and never widened beyond its plan', async () => {
    done(await tenants.registry.setPlan('e2e', 'narrow', { scopes: { maxOutputTokens: 5 } }, null));
    const key = await tenants.newTenant('planned', { plan: 'narrow' }, { scopes: { maxOutputTokens: 500 } });
    expectFault(await say(key, { max_tokens: 6 }), 'key_not_allowed');
  });

  it('changes for a running gateway as soon as its plan does', async () => {
    done(await tenants.registry.setPlan('e2e', 'changing', { scopes: { maxOutputTokens: 5 } }, null));
    const key = await tenants.newTenant('changed', { plan: 'changing' });
    expect((await say(key, { max_tokens: 6 })).status).toBe(403);
    done(await tenants.registry.setPlan('e2e', 'changing', { scopes: { maxOutputTokens: 50 } }, null));
    await eventually('it may', async () => (await say(key, { max_tokens: 6 })).status === 200);
  });
});

describe('what is no key', () => {
  it('costs no look-up in the database', async () => {
    const wellFormed = tokenText(newKeyToken('live'));
    await tenants.network.set('refuse');
    try {
      // What is looked up cannot be answered now; what is junk is.
      expectFault(await say(wellFormed), 'keys_unavailable');
      for (const junk of ['rw_live_', 'sk-abc', 'rw_live_%27%20or%201=1--', wellFormed.slice(0, -1)])
        expectFault(await say(junk), 'invalid_api_key');
    } finally {
      await tenants.network.set('pass');
    }
    await eventually('keys are looked up again', async () => (await say(wellFormed)).status === 401);
  });

  it('gets one answer, wrong secret or unknown id', async () => {
    const known = await tenants.newTenant('guessed');
    const guessed = await say(tokenText({ ...newKeyToken('live'), id: idOf(known) }));
    const unknown = await say(tokenText(newKeyToken('live')));
    expectFault(guessed, 'invalid_api_key');
    expect([guessed.status, guessed.text]).toEqual([unknown.status, unknown.text]);
  });

  it('is slowed down by address, while a right key from there is not', async () => {
    const slow = await startTenantsUnderTest({
      pools: POOLS.slice(0, 1),
      settings: { auth: { failedPerMinute: 1, lookupTimeoutMs: 10_000 } },
    });
    try {
      const key = await slow.newTenant('right');
      const wrong = () => ask(slow, CHAT, chat(), { key: tokenText(newKeyToken('live')) });
      expectFault(await wrong(), 'invalid_api_key');
      expectFault(await wrong(), 'rate_limit_exceeded');
      expect((await ask(slow, CHAT, chat(), { key })).status).toBe(200);
    } finally {
      await slow.close();
    }
  });
});
