// What a tenant may spend, seen by its clients: the same whether limits are counted in memory or in a real Redis.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { type Answered, ask, CHAT, chat, open, words } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { POOLS } from './harness/fleet-under-test.ts';
import { chunksOf, framesOf, StreamReader } from './harness/read-stream.ts';
import { done, idOf } from './harness/state-under-test.ts';
import { startTenantsUnderTest, type TenantsUnderTest } from './harness/tenants-under-test.ts';

describe.each([
  { counted: 'in memory', redis: false },
  { counted: 'in Redis', redis: true },
])('limits counted $counted', ({ redis }) => {
  let tenants: TenantsUnderTest;
  beforeAll(async () => {
    tenants = await startTenantsUnderTest({
      redis,
      pools: POOLS.map((pool) => ({ ...pool, sims: 1, tokenWeight: pool.name === 'yarn-2' ? 3 : 1 })),
      model: { assumedOutputTokens: 64 },
      settings: {
        limits: { unstatedOutputTokens: 8, meterTokens: 2, meterMs: 50 },
        // One millionth an input token, ten an output token.
        prices: [{ model: 'qwq-32b', input: 1_000_000, output: 10_000_000 }],
      },
    });
  });
  afterAll(() => tenants.close());

  /** 20 tokens are answered; a chat of "Hello" has some 10. */
  const say = (key: string, content: unknown = 'Hello', members = {}) =>
    ask(tenants, CHAT, chat(content, members), { key });

  it('are where they were configured to be', async () => {
    const key = await tenants.newTenant('where', { limits: { requestsPerMinute: 600 } });
    expect((await say(key)).status).toBe(200);
    expect((await tenants.redisKeys()).some((name) => name.includes('{where}'))).toBe(redis);
  });

  it('keep the sums of budgets under the names that the runbook of a restore deletes', async () => {
    const limits = { budgets: [{ period: 'day', unit: 'tokens', limit: 1_000 }] } as const;
    const key = await tenants.newTenant('summed', { limits });
    expect((await say(key)).status).toBe(200);
    const page = readFileSync('docs/runbooks/backup-and-restore.md', 'utf8');
    const [, pattern = 'none'] = /redis-cli eval .* 0 'rw:([^']+)' 'rw:/.exec(page) ?? [];
    const sums = (await tenants.redisKeys(pattern)).filter((name) => name.includes('{summed}'));
    expect(sums).toHaveLength(redis ? 1 : 0);
  });

  it('are told on every answer in the names of OpenAI, streams included', async () => {
    const limits = {
      requestsPerMinute: 60,
      tokensPerMinute: 60_000,
      inputTokensPerMinute: 30_000,
      outputTokensPerMinute: 12_000,
    };
    const key = await tenants.newTenant('told', { limits });
    for (const answer of [
      await say(key),
      await say(key, 'Hello', { stream: true }),
      await say(key, 'Hello', { max_tokens: 'many' }),
    ]) {
      expect(answer.headers.get('x-ratelimit-limit-requests')).toBe('60');
      expect(Number(answer.headers.get('x-ratelimit-remaining-requests'))).toBeLessThan(10);
      expect(answer.headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+m?s$/);
    }
    const { headers } = await say(key);
    for (const name of ['tokens', 'input-tokens', 'output-tokens']) {
      expect(Number(headers.get(`x-ratelimit-limit-${name}`))).toBeGreaterThan(0);
      expect(Number(headers.get(`x-ratelimit-remaining-${name}`))).toBeGreaterThan(0);
    }
  });

  it('are told on answers that reserve nothing, too: refusals and what is free', async () => {
    const tokens = { tokensPerMinute: 60_000, inputTokensPerMinute: 30_000, outputTokensPerMinute: 12_000 };
    const scopes = { endpoints: ['chat', 'tokenize', 'route'] } as const;
    const names = ['tokens', 'input-tokens', 'output-tokens'];
    for (const [id, limits] of [
      ['told-tokens', tokens],
      ['told-all', { requestsPerMinute: 600, ...tokens }],
    ] as const) {
      const key = await tenants.newTenant(id, { limits }, { scopes });
      expect((await say(key)).status).toBe(200);
      const get = (path: string) => ask(tenants, path, undefined, { key });
      const answers: readonly (readonly [number, Answered])[] = [
        [400, await say(key, 'Hello', { max_tokens: 'many' })],
        [404, await say(key, 'Hello', { model: 'nothing' })],
        [400, await say(key, words(9_000))],
        [403, await ask(tenants, '/v1/completions', { model: 'qwq-32b', prompt: 'Hello' }, { key })],
        [200, await get('/v1/models')],
        [404, await get('/v1/models/nothing')],
        [200, await get('/v1/limits')],
        [200, await get('/v1/usage')],
        [200, await ask(tenants, '/v1/route', chat('Hello'), { key })],
        [200, await ask(tenants, '/v1/tokenize', chat('Hello'), { key })],
      ];
      const wanted = 'requestsPerMinute' in limits ? ['requests', ...names] : names;
      for (const [status, answer] of answers) {
        const { headers } = answer;
        expect(answer.status).toBe(status);
        for (const name of wanted) {
          expect(headers.get(`x-ratelimit-limit-${name}`)).toMatch(/^\d+$/);
          expect(headers.get(`x-ratelimit-remaining-${name}`)).toMatch(/^[1-9]\d*$/);
          expect(headers.get(`x-ratelimit-reset-${name}`)).toMatch(/^\d+m?s$/);
        }
      }
    }
  });

  it('count a request that is refused before anything is reserved, however far it was from the limit', async () => {
    // Ten at once, one a second.
    const limits = { requestsPerMinute: 60, tokensPerMinute: 60_000 };
    const key = await tenants.newTenant('refused-early', { limits });
    const startedMs = performance.now();
    expect((await say(key)).status).toBe(200);
    for (let turn = 0; turn < 7; turn++)
      expect((await say(key, 'Hello', { max_tokens: 'many' })).status).toBe(400);
    // The limiter itself is asked here.
    const told = await ask(tenants, '/v1/limits', undefined, { key });
    const left = Number(told.headers.get('x-ratelimit-remaining-requests'));
    const drained = Math.ceil((performance.now() - startedMs) / 1_000);
    expect(left).toBeLessThanOrEqual(10 - 8 + drained);
  });

  it('of which nothing was heard yet are not made up', async () => {
    const key = await tenants.newTenant('unheard', { limits: { tokensPerMinute: 60_000 } });
    const { headers } = await ask(tenants, '/v1/models', undefined, { key });
    expect(headers.get('x-ratelimit-limit-tokens')).toBe(redis ? null : '60000');
  });

  it('refuse with the name of the limit, what is left and when to come back', async () => {
    const key = await tenants.newTenant('refused', { limits: { requestsPerMinute: 6 } });
    expect((await say(key)).status).toBe(200);
    const refused = await say(key);
    expectFault(refused, 'rate_limit_exceeded');
    expect(refused.error.message).toMatch(/your organisation may use 6 requests a minute, and 0 are left/);
    const waitMs = Number(refused.headers.get('retry-after-ms'));
    // One each ten seconds, plus a tenth against herds; a test this slow still sees half of it.
    expect(waitMs).toBeGreaterThan(5_000);
    expect(waitMs).toBeLessThanOrEqual(11_000);
  });

  it('charge input as it was counted, whatever the client says of its length', async () => {
    // At once the largest prompt in the dearest pool, which weighs three: 3,000; then a token a second.
    const key = await tenants.newTenant('input', {
      limits: { inputTokensPerMinute: 60 },
      scopes: { maxPromptTokens: 1_000 },
    });
    for (let turn = 0, charged = 0; turn < 3; turn++) {
      const answer = await say(key, words(900), { max_tokens: 5 });
      const { usage } = answer.json<{ usage: { prompt_tokens: number } }>();
      charged += usage.prompt_tokens;
      const held = 3_000 - Number(answer.headers.get('x-ratelimit-remaining-input-tokens'));
      expect(held).toBeLessThanOrEqual(charged);
      expect(held).toBeGreaterThan(charged - 60);
    }
    expectFault(await say(key, words(900)), 'rate_limit_exceeded');
  });

  it('give the request back when another limit refuses it', async () => {
    // Two requests at once, then one each 8.6 s; input for one long prompt, which the second pool weighs threefold.
    const key = await tenants.newTenant('undone', {
      limits: { requestsPerMinute: 7, inputTokensPerMinute: 60 },
      scopes: { maxPromptTokens: 1_600 },
    });
    expect((await say(key, words(1_500))).headers.get('x-ratelimit-remaining-requests')).toBe('1');
    const refused = await say(key, words(1_500));
    expectFault(refused, 'rate_limit_exceeded');
    expect(refused.error.message).toContain('input tokens');
    expect((await say(key)).status).toBe(200);
  });

  it('weigh the tokens of long windows', async () => {
    // A sixth of it at once: 10,000, which is more than the largest prompt in the dearest pool costs.
    const key = await tenants.newTenant('weighed', {
      limits: { inputTokensPerMinute: 60_000 },
      scopes: { maxPromptTokens: 2_000 },
    });
    const answer = await say(key, words(1_500));
    expect(answer.headers.get('x-ropeway-pool')).toBe('yarn-2');
    const { usage } = answer.json<{ usage: { prompt_tokens: number } }>();
    const charged = 10_000 - Number(answer.headers.get('x-ratelimit-remaining-input-tokens'));
    expect(charged).toBe(3 * usage.prompt_tokens);
  });

  it('hold places only as long as an answer runs', async () => {
    const key = await tenants.newTenant('places', { limits: { concurrentRequests: 1 } });
    tenants.sim('default').inflict({ kind: 'stall', afterTokens: 2 });
    const stream = new StreamReader(await open(tenants, CHAT, chat('Hello', { stream: true }), { key }));
    await stream.next();
    const refused = await say(key);
    expectFault(refused, 'rate_limit_exceeded');
    expect(refused.error.message).toContain('1 requests at once');
    await stream.leave();
    tenants.sim('default').heal();
    await tenants.idle();
    expect((await say(key)).status).toBe(200);
  });

  it('count KV-cache tokens of what runs: the prompt and the output it may become', async () => {
    const key = await tenants.newTenant('kv', { limits: { concurrentKvTokens: 200 } });
    tenants.sim('default').inflict({ kind: 'stall', afterTokens: 2 });
    const members = { max_tokens: 150 };
    const stream = new StreamReader(
      await open(tenants, CHAT, chat('Hello', { stream: true, ...members }), { key }),
    );
    await stream.next();
    const refused = await say(key, 'Hello', members);
    expectFault(refused, 'rate_limit_exceeded');
    expect(refused.error.message).toMatch(/200 KV-cache tokens .* and \d\d are left/);
    expect((await say(key, 'Hello', { max_tokens: 10 })).status).toBe(200);
    await stream.leave();
    tenants.sim('default').heal();
    await tenants.idle();
    expectFault(await say(key, 'Hello', { max_tokens: 500 }), 'limit_too_small');
  });

  it('hold no place for what is over, however it ended', async () => {
    const key = await tenants.newTenant('over', { limits: { concurrentRequests: 1 } });
    const sim = tenants.sim('default');
    expectFault(await say(key, 'Hello', { max_tokens: 'many' }), 'invalid_request');
    expectFault(await say(key, words(9_000)), 'context_length_exceeded');
    sim.inflict({ kind: 'status', status: 422, dialect: 'detail', message: 'no' });
    expectFault(await say(key), 'worker_rejected', { status: 422 });
    sim.inflict({ kind: 'status', status: 500 });
    expectFault(await say(key), 'worker_failed');
    sim.inflict({ kind: 'error-event', afterTokens: 3 });
    expect(await (await open(tenants, CHAT, chat('Hello', { stream: true }), { key })).text()).toContain(
      'error',
    );
    sim.inflict({ kind: 'cut', afterTokens: 3, reset: true });
    await (await open(tenants, CHAT, chat('Hello', { stream: true }), { key })).text();
    sim.heal();
    expect((await say(key)).status).toBe(200);
    expect((await say(key)).status).toBe(200);
  });

  it('cut what a prepaid budget does not cover, with an error the client can read', async () => {
    const limits = { budgets: [{ period: 'day', unit: 'tokens', limit: 24 }] } as const;
    const key = await tenants.newTenant('prepaid', { isPrepaid: true, limits });
    tenants.sim('default').inflict({ kind: 'stall', afterTokens: 18 });
    const frames = await framesOf(await open(tenants, CHAT, chat('Hello', { stream: true }), { key }));
    tenants.sim('default').heal();
    expect(chunksOf(frames).at(-1)?.error?.code).toBe('insufficient_quota');
    await tenants.idle();
  });

  it.each(['chat', 'text'] as const)(
    'let the openai client read a %s answer cut for its prepaid budget as one that was too long, then its error',
    async (kind) => {
      // A chat of "Hello" has some 10 tokens, the same as a text 1.
      const limits = {
        budgets: [{ period: 'day', unit: 'tokens', limit: kind === 'chat' ? 24 : 14 }],
      } as const;
      const key = await tenants.newTenant(`cut-${kind}`, { isPrepaid: true, limits });
      tenants.sim('default').inflict({ kind: 'stall', afterTokens: 18 });
      const { chunks, error } = await readToItsError(kind, key);
      tenants.sim('default').heal();
      const last = chunks.at(-1);
      expect(chunks.slice(0, -1).map(({ finish }) => finish)).not.toContain('length');
      expect(last).toEqual({ ...chunks[0], text: '', finish: 'length' });
      expect(chunks.map(({ text }) => text).join('')).not.toBe('');
      expect(error).toMatchObject({
        code: 'insufficient_quota',
        message: expect.stringContaining('answer was cut'),
      });
      await tenants.idle();
      await eventually('the ledger says that it was cut', async () => {
        const page = await tenants.usage.records({ tenant: `cut-${kind}` }, { limit: 10, cursor: null });
        return page !== 'invalid-cursor' && page.items[0]?.outcome === 'cut';
      });
    },
  );

  it('give whole what is not streamed, prepaid or not: its tokens are known at its end, and the next is refused', async () => {
    const limits = { budgets: [{ period: 'day', unit: 'tokens', limit: 24 }] } as const;
    const key = await tenants.newTenant('whole', { isPrepaid: true, limits });
    expect((await say(key)).status).toBe(200);
    expectFault(await say(key, 'Hello', { max_tokens: 1 }), 'insufficient_quota');
    await eventually('the ledger has it as completed, by the own count of the worker', async () => {
      const page = await tenants.usage.records({ tenant: 'whole' }, { limit: 10, cursor: null });
      const [row] = page === 'invalid-cursor' ? [] : page.items;
      return row?.outcome === 'completed' && row.isExact && row.finishReason !== null;
    });
  });

  /** What every chunk said, and what the stream ended with. */
  const readToItsError = async (kind: 'chat' | 'text', apiKey: string) => {
    const client = new OpenAI({ baseURL: `${tenants.url}/v1`, apiKey, maxRetries: 0 });
    const chunks: { id: string; object: string; model: string; text: string; finish: string | null }[] = [];
    const see = (id: string, object: string, model: string, text: string, finish: string | null) =>
      chunks.push({ id, object, model, text, finish });
    try {
      if (kind === 'chat') {
        const messages = [{ role: 'user', content: 'Hello' }] as const;
        const stream = client.chat.completions.create({
          model: 'qwq-32b',
          messages: [...messages],
          stream: true,
        });
        for await (const { id, object, model, choices } of await stream)
          for (const { delta, finish_reason } of choices)
            see(id, object, model, thoughtOrText(delta), finish_reason);
      } else {
        const stream = client.completions.create({
          model: 'qwq-32b',
          prompt: 'Hello',
          max_tokens: 64,
          stream: true,
        });
        for await (const { id, object, model, choices } of await stream)
          for (const { text, finish_reason } of choices) see(id, object, model, text, finish_reason);
      }
    } catch (error) {
      return { chunks, error };
    }
    return { chunks, error: null };
  };

  it('let any other budget be overdrawn by an answer that runs, and then by nothing', async () => {
    const limits = { budgets: [{ period: 'day', unit: 'tokens', limit: 24 }] } as const;
    const key = await tenants.newTenant('overdrawn', { limits });
    const frames = await framesOf(await open(tenants, CHAT, chat('Hello', { stream: true }), { key }));
    expect(frames.at(-1)).toBe('data: [DONE]');
    const refused = await say(key, 'Hello', { max_tokens: 1 });
    expectFault(refused, 'insufficient_quota');
    expect(refused.error.message).toContain('and 0 is left');
  });

  it('refuse for good what no wait would help', async () => {
    const key = await tenants.newTenant('small', {
      limits: { budgets: [{ period: 'day', unit: 'tokens', limit: 50 }] },
    });
    const refused = await say(key, words(200));
    expectFault(refused, 'limit_too_small');
    expect(refused.error.message).toContain('a budget of 50 tokens a day');
  });

  it('tell clients of a used-up budget not to come back', async () => {
    const key = await tenants.newTenant('spent', {
      limits: { budgets: [{ period: 'day', unit: 'tokens', limit: 70 }] },
    });
    expect((await say(key, 'Hello', { max_tokens: 20 })).status).toBe(200);
    expect((await say(key, 'Hello', { max_tokens: 20 })).status).toBe(200);
    const refused = await say(key, 'Hello', { max_tokens: 20 });
    expectFault(refused, 'insufficient_quota');
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(refused.headers.get('retry-after')).toBeNull();
  });

  it('hold money as they hold tokens', async () => {
    const limits = { budgets: [{ period: 'month', unit: 'money', limit: 300 }] } as const;
    const key = await tenants.newTenant('money', { limits });
    expect((await say(key, 'Hello', { max_tokens: 20 })).status).toBe(200);
    expectFault(await say(key, 'Hello', { max_tokens: 20 }), 'insufficient_quota');
    expectFault(await say(key, words(400)), 'limit_too_small');
    expect((await say(key, 'Hello', { max_tokens: 1 })).status).toBe(200);
  });

  it('are the tighter of tenant and key, which is named', async () => {
    const key = await tenants.newTenant(
      'tighter',
      { limits: { requestsPerMinute: 600 } },
      { limits: { requestsPerMinute: 6 } },
    );
    expect((await say(key)).headers.get('x-ratelimit-limit-requests')).toBe('6');
    const refused = await say(key);
    expect(refused.error.message).toContain('this API key may use 6 requests a minute');
    const other = done(await tenants.registry.createKey('e2e', 'tighter', {}));
    expect((await say(other.text)).headers.get('x-ratelimit-limit-requests')).toBe('600');
  });

  it('are those of the plan as soon as it changes', async () => {
    done(await tenants.registry.setPlan('e2e', 'grown', { limits: { requestsPerMinute: 6 } }, null));
    const key = await tenants.newTenant('growing', { plan: 'grown' });
    expect((await say(key)).status).toBe(200);
    expectFault(await say(key), 'rate_limit_exceeded');
    done(await tenants.registry.setPlan('e2e', 'grown', { limits: { requestsPerMinute: 6_000 } }, null));
    await eventually('the new limit holds', async () => (await say(key)).status === 200, 2_000);
  });

  it('make the openai client wait as told, and give up at once on a used-up budget', async () => {
    const hurried = await tenants.newTenant('hurried', { limits: { requestsPerMinute: 60 } });
    const client = (apiKey: string) => new OpenAI({ baseURL: `${tenants.url}/v1`, apiKey, maxRetries: 2 });
    const create = (apiKey: string) =>
      client(apiKey).chat.completions.create({
        model: 'qwq-32b',
        max_tokens: 20,
        messages: [{ role: 'user', content: 'Hi' }],
      });
    const answers = await Promise.all(Array.from({ length: 11 }, () => create(hurried)));
    expect(answers).toHaveLength(11);

    const spent = await tenants.newTenant('given-up', {
      limits: { budgets: [{ period: 'month', unit: 'tokens', limit: 35 }] },
    });
    await create(spent);
    const asked = tenants.asked().length;
    await expect(create(spent)).rejects.toMatchObject({ status: 429, code: 'insufficient_quota' });
    const refusals = tenants.log.filter(
      (line) => line.includes('"tenant":"given-up"') && line.includes('insufficient_quota'),
    );
    expect(refusals).toHaveLength(1);
    expect(tenants.asked()).toHaveLength(asked);
  });

  it('follow the tenant over a rotation of its key', async () => {
    const old = await tenants.newTenant('rotated', {}, { limits: { requestsPerMinute: 6 } });
    expect((await say(old)).status).toBe(200);
    const { text } = done(await tenants.registry.rotateKey('e2e', idOf(old), 60_000));
    expectFault(await say(text), 'rate_limit_exceeded');
  });

  it('can be asked for with the tenant’s own key', async () => {
    const key = await tenants.newTenant('asked', {
      limits: {
        requestsPerMinute: 60,
        concurrentRequests: 3,
        budgets: [{ period: 'month', unit: 'tokens', limit: 1_000 }],
      },
    });
    expect((await say(key, 'Hello', { max_tokens: 20 })).status).toBe(200);
    const { limits, tenant } = (await ask(tenants, '/v1/limits', undefined, { key })).json<{
      tenant: string;
      limits: { kind: string; limit: number; remaining: number }[];
    }>();
    expect(tenant).toBe('asked');
    expect(limits.map(({ kind, limit }) => [kind, limit])).toEqual([
      ['requests', 60],
      ['concurrent_requests', 3],
      ['month_budget', 1_000],
    ]);
    expect(limits.find(({ kind }) => kind === 'month_budget')?.remaining).toBeLessThan(1_000);
  });
});

/** Thinking is a field that OpenAI's types do not have. */
function thoughtOrText(delta: { readonly content?: string | null; readonly reasoning?: string }): string {
  return delta.reasoning ?? delta.content ?? '';
}
