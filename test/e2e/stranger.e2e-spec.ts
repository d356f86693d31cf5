// Whoever does not prove a key learns nothing, costs nothing and leaves nothing behind.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { newKeyToken, parseKeyToken, tokenText } from '#tenancy';
import { ask, CHAT, chat } from './harness/ask.ts';
import { expectFault } from './harness/expect-fault.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { head, RawClient, rawAnswer } from './harness/raw-client.ts';

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest({
    pools: [...ONE_POOL, { name: 'small', model: 'small', factor: 1, windowTokens: 1_024 }],
    otherModels: [{ id: 'small', aliases: ['Small'], profile: 'qwen3', servedName: 'QwQ-32B' }],
    keys: {
      caller: {},
      hurried: { requestsPerMinute: 1 },
      scoped: { models: ['small'] },
      steering: { allowedFields: ['priority'] },
    },
  });
});
afterAll(() => fleet.close());

const keyOf = (name: string): string => fleet.keys.get(name) ?? '';
const withoutBody = (key: string): string =>
  head(`POST ${CHAT} HTTP/1.1`, [
    'host: a',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    'content-length: 60000000',
  ]);

it('answers 401 from the headers alone, before a byte of the body has come, and closes', async () => {
  const answer = rawAnswer(await RawClient.exchange(fleet.url, withoutBody('rw_live_nobody')));
  expectFault(answer, 'invalid_api_key');
  expect(answer.headers.get('connection')).toBe('close');
});

it('answers 429 from the headers alone, too', async () => {
  await ask(fleet, '/v1/models', undefined, { key: keyOf('hurried') });
  const answer = rawAnswer(await RawClient.exchange(fleet.url, withoutBody(keyOf('hurried'))));
  expectFault(answer, 'rate_limit_exceeded');
  expect(answer.headers.get('connection')).toBe('close');
});

it('gives the same answer to no key, junk, an unknown key, a wrong secret and a key with another scheme', async () => {
  const known = parseKeyToken(fleet.key);
  const wrongSecret = tokenText({ ...newKeyToken('live'), id: known?.id ?? '' });
  const authorizations = [
    '',
    'Bearer',
    'Bearer sk-1234',
    `Bearer ${tokenText(newKeyToken('live'))}`,
    `Bearer ${wrongSecret}`,
    `Bearer ${fleet.key}x`,
    `Basic ${fleet.key}`,
  ];
  const answers = await Promise.all(
    authorizations.map((authorization) =>
      ask(fleet, CHAT, chat(), { key: null, headers: authorization ? { authorization } : {} }),
    ),
  );
  for (const answer of answers) expectFault(answer, 'invalid_api_key');
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
});

it.each(['/v1/completions', '/v1/tokenize', '/v1/route', '/compatible-mode/v1/chat/completions'])(
  'asks for a key on %s',
  async (path) => {
    expectFault(await ask(fleet, path, chat(), { key: null }), 'invalid_api_key');
  },
);

it('asks for a key before it tells which models there are', async () => {
  expectFault(await ask(fleet, '/v1/models', undefined, { key: null }), 'invalid_api_key');
  expectFault(await ask(fleet, '/v1/models/qwq-32b', undefined, { key: null }), 'invalid_api_key');
});

it('takes introspection from the same request-rate limit', async () => {
  await ask(fleet, '/v1/tokenize', { prompt: 'Hi' }, { key: keyOf('hurried') });
  const answer = await ask(fleet, '/v1/route', chat(), { key: keyOf('hurried') });
  expectFault(answer, 'rate_limit_exceeded');
});

it('lets a key use and see the models of its scope alone, as if there were no others', async () => {
  const key = keyOf('scoped');
  expect((await ask(fleet, CHAT, chat('Hi', { model: 'Small' }), { key })).status).toBe(200);
  const list = (await ask(fleet, '/v1/models', undefined, { key })).json<{ data: { id: string }[] }>();
  expect(list.data.map(({ id }) => id)).toEqual(['small']);
  const hidden = await ask(fleet, CHAT, chat(), { key });
  const unknown = await ask(fleet, CHAT, chat('Hi', { model: 'gpt-9' }), { key });
  expectFault(hidden, 'model_not_found', { param: 'model' });
  expect(hidden.text).toBe(unknown.text.replace('gpt-9', 'qwq-32b'));
  expectFault(await ask(fleet, '/v1/models/qwq-32b', undefined, { key }), 'model_not_found');
  expectFault(await ask(fleet, '/v1/tokenize', chat(), { key }), 'model_not_found');
  expectFault(await ask(fleet, '/v1/route', chat(), { key }), 'model_not_found');
});

it('tells each answer how many requests are left', async () => {
  const answer = await ask(fleet, CHAT, chat(), { key: keyOf('hurried') });
  expect(answer.headers.get('x-ratelimit-limit-requests')).toBe('1');
});

it('lets a key steer the engine with the fields it is allowed, and no others', async () => {
  const key = keyOf('steering');
  expect((await ask(fleet, CHAT, chat('Hi', { priority: 1 }), { key })).status).toBe(200);
  const refused = await ask(fleet, CHAT, chat('Hi', { cache_salt: 'x' }), { key });
  expectFault(refused, 'field_not_allowed', { param: 'cache_salt' });
  const inside = await ask(fleet, CHAT, chat('Hi', { vllm_xargs: { kv_transfer_params: 'x' } }), { key });
  expectFault(inside, 'field_not_allowed', { param: 'vllm_xargs.kv_transfer_params' });
});

it("passes neither the caller's key nor its steering headers on to a worker", async () => {
  const headers = { 'x-vllm-priority': '9', 'x-data-parallel-rank': '1', cookie: 'a=b' };
  expect((await ask(fleet, CHAT, chat(), { headers })).status).toBe(200);
  const seen = fleet.sim('default').seen.to(CHAT).at(-1)?.headers ?? {};
  expect(Object.keys(seen)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(authorization|cookie|x-vllm-.*|x-data-parallel-.*)$/)]),
  );
});

it('sends the client its own request id back and passes it on, when it is sane', async () => {
  const sane = await ask(fleet, CHAT, chat(), { headers: { 'x-request-id': 'trace/42' } });
  expect(sane.headers.get('x-request-id')).toBe('trace/42');
  expect(fleet.sim('default').seen.to(CHAT).at(-1)?.headers['x-request-id']).toBe('trace/42');
  const insane = await ask(fleet, CHAT, chat(), { headers: { 'x-request-id': 'two words' } });
  expect(insane.headers.get('x-request-id')).toMatch(/^req-[0-9a-f]{32}$/);
});

it('writes neither keys nor prompts into the log or into an answer', async () => {
  const secret = 'xyzzy-prompt-nobody-may-log';
  const misplaced = { 'x-request-id': fleet.key };
  const answers = [
    await ask(fleet, CHAT, chat(secret, { max_tokens: 0 }), { headers: misplaced }),
    await ask(fleet, CHAT, `{"messages": ["${secret}"`),
    await ask(fleet, CHAT, chat(secret, { stream: true })),
    await ask(fleet, CHAT, chat(secret), { key: `${fleet.key.slice(0, -1)}0` }),
  ];
  const log = fleet.log.join('');
  expect(log).toContain('"msg":"request"');
  for (const key of fleet.keys.values()) {
    expect(log).not.toContain(key);
    expect(log).not.toContain(parseKeyToken(key)?.secret);
    for (const answer of answers) expect(answer.text).not.toContain(key);
  }
  expect(log).not.toContain(secret);
});
