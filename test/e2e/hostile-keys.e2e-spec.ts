// Keys, addresses and headers as an attacker sends them: each gets its one typed refusal, nothing reaches the database as
// SQL, and a right key still works.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { newKeyToken, tokenText } from '#tenancy';
import { type Answered, ask, CHAT, chat } from './harness/ask.ts';
import { expectFault } from './harness/expect-fault.ts';
import { ONE_POOL } from './harness/fleet-under-test.ts';
import { heapBytes } from './harness/heap-bytes.ts';
import { head, RawClient, rawAnswer } from './harness/raw-client.ts';
import { idOf } from './harness/state-under-test.ts';
import { startTenantsUnderTest, type TenantsUnderTest } from './harness/tenants-under-test.ts';

const MIB = 1024 * 1024;

let tenants: TenantsUnderTest;
let right: string;
let callers = 0;
beforeAll(async () => {
  tenants = await startTenantsUnderTest({
    pools: ONE_POOL,
    model: { assumedOutputTokens: 64 },
    settings: {
      auth: {
        environments: ['live'],
        trustedProxies: ['127.0.0.0/8'],
        failedPerMinute: 1,
        lookupTimeoutMs: 10_000,
      },
    },
  });
  right = await tenants.newTenant('right');
});
afterAll(() => tenants.close());

/** Wrong keys are counted by address, so each test that sends one comes from somewhere else. */
const fromElsewhere = () => ({ 'x-forwarded-for': `198.51.100.${++callers}` });
const say = (key: string, headers: Readonly<Record<string, string>> = fromElsewhere()) =>
  ask(tenants, CHAT, chat(), { key, headers });

/** `authorization` in UTF-8, which no HTTP library would send. */
async function sayRaw(authorization: string, headers: readonly string[] = []): Promise<Answered> {
  const bytes = Buffer.from(authorization, 'utf8').toString('latin1');
  const from = `x-forwarded-for: ${fromElsewhere()['x-forwarded-for']}`;
  const common = ['host: a', 'connection: close', from, ...headers];
  const request = head('GET /v1/models HTTP/1.1', [...common, `authorization: ${bytes}`]);
  return rawAnswer(await RawClient.exchange(tenants.url, request));
}

describe('SQL', () => {
  const INJECTIONS = ["'or/**/1=1--", "';select/**/pg_sleep(60)--", "');drop/**/table/**/api_key;--"];

  it.each(INJECTIONS)('as a key is no key: %s', async (text) => {
    for (const key of [text, `rw_live_${text}`, `${right}${text}`])
      expectFault(await say(key), 'invalid_api_key');
  });

  it('as the id of a key whose length and checksum are right is no key', async () => {
    const [twelve = ''] = INJECTIONS;
    const key = tokenText({ ...newKeyToken('live'), id: twelve });
    expect(key).toHaveLength(right.length);
    expectFault(await say(key), 'invalid_api_key');
  });

  it.each(INJECTIONS)('elsewhere in a request is text: %s', async (text) => {
    const inModel = await ask(tenants, CHAT, chat('Hi', { model: text }), { key: right });
    expectFault(inModel, 'model_not_found');
    const inPool = await ask(tenants, CHAT, chat(), { key: right, headers: { 'x-ropeway-pool': text } });
    expectFault(inPool, 'pool_not_found');
    for (const name of ['by', 'from', 'cursor', 'limit']) {
      const query = `/v1/usage?${name}=${encodeURIComponent(text)}`;
      expectFault(await ask(tenants, query, undefined, { key: right }), 'invalid_request', { param: name });
    }
  });

  it('has changed nothing', async () => {
    const { rows } = await sql<{ tenants: number; keys: number }>`
      select (select count(*) from tenant)::int as tenants, (select count(*) from api_key)::int as keys`.execute(
      tenants.database.sql,
    );
    expect(rows).toEqual([{ tenants: 1, keys: 1 }]);
    expect((await say(right)).status).toBe(200);
  });
});

describe('a key that only looks right', () => {
  it.each([
    ['a Cyrillic letter in its prefix', (key: string) => `Bearer ${key.replace('live', 'liv\u0435')}`],
    ['a full-width prefix', (key: string) => `Bearer ${key.replace('rw_', '\uff52\uff57_')}`],
    ['a full-width low line', (key: string) => `Bearer ${key.replace('_', '\uff3f')}`],
    ['a zero-width space at its end', (key: string) => `Bearer ${key}\u200b`],
    ['a no-break space at its end', (key: string) => `Bearer ${key}\u00a0`],
    ['a zero-width joiner inside', (key: string) => `Bearer ${key.slice(0, 20)}\u200d${key.slice(20)}`],
    ['a combining accent', (key: string) => `Bearer ${key}\u0301`],
    ['a prefix in capitals', (key: string) => `Bearer ${key.replace('rw_live', 'RW_LIVE')}`],
    ['a scheme in Cyrillic', (key: string) => `\u0412earer ${key}`],
    ['a second word behind it', (key: string) => `Bearer ${key} ${key}`],
    ['another scheme', (key: string) => `Basic ${key}`],
    ['no scheme', (key: string) => key],
  ])('with %s is refused', async (_what, authorization) => {
    expectFault(await sayRaw(authorization(right)), 'invalid_api_key');
  });

  it('is told from the right one in this very test', async () => {
    expect((await sayRaw(`Bearer ${right}`)).status).toBe(200);
  });

  it.each(['qwq\u201132b', 'qwq-32b\u200b', '\u0071\u0301wq-32b', 'QWQ-32B', 'qwq-32b\u0000'])(
    'is no likelier for a model: %j',
    async (model) => {
      expectFault(await ask(tenants, CHAT, chat('Hi', { model }), { key: right }), 'model_not_found');
    },
  );
});

describe('a key of the other environment', () => {
  it('is refused to whoever proves it, and named as what it is', async () => {
    const key = await tenants.newTenant('staging', {}, { environment: 'test' });
    expect(key).toMatch(/^rw_test_/);
    const refused = await say(key);
    expectFault(refused, 'key_not_allowed');
    expect(refused.error.message).toBe('This is a test key; this gateway takes live keys only.');
  });

  it('is any wrong key to whoever does not', async () => {
    const known = await tenants.newTenant('guessed-staging', {}, { environment: 'test' });
    expectFault(await say(tokenText({ ...newKeyToken('test'), id: idOf(known) })), 'invalid_api_key');
  });

  it('does not become a live one by its prefix', async () => {
    const key = await tenants.newTenant('renamed', {}, { environment: 'test' });
    expectFault(await say(key.replace('rw_test_', 'rw_live_')), 'invalid_api_key');
    const [, , id = '', secret = ''] = key.split('_');
    // With a checksum that is right for the new prefix, which anybody can compute.
    expectFault(await say(tokenText({ environment: 'live', id, secret })), 'key_not_allowed');
  });
});

describe('a key bound to addresses, behind a trusted proxy', () => {
  let bound: string;
  beforeAll(async () => {
    const scopes = { cidrs: ['10.9.0.0/16', '2001:db8:9::/48'] };
    bound = await tenants.newTenant('bound', {}, { scopes });
  });

  it.each([
    ['10.9.1.1', 'the address the proxy saw'],
    ['10.9.1.1:4711', 'with a port'],
    ['::ffff:10.9.1.1', 'as a v6 socket writes it'],
    ['2001:db8:9::1', 'v6'],
    ['[2001:DB8:9::1]:4711', 'v6 with a port'],
    ['203.0.113.7, 10.9.1.1', 'whatever the client wrote left of it'],
    ['10.9.1.1, 127.0.0.2', 'over two proxies of ours'],
  ])('lets in %s: %s', async (forwarded) => {
    expect((await say(bound, { 'x-forwarded-for': forwarded })).status).toBe(200);
  });

  it.each([
    ['another address', '10.8.1.1'],
    ['what a client in front of the proxy wrote', '10.9.1.1, 203.0.113.7'],
    ['the same over two proxies', '10.9.1.1, 203.0.113.7, 127.0.0.2'],
    ['another v6 address', '2001:db8:8::1'],
    ['what is no address', '10.9.1.1.'],
    ['what is no address either', '10.9.257.1'],
    ['hexadecimal', '0x0a.0x09.1.1'],
    ['octal', '012.011.1.1'],
    ['one number', '168362241'],
    ['a zone', '10.9.1.1%00'],
    ['a hop the proxy hides', 'unknown'],
    ['an empty hop at the end', '10.9.1.1,'],
    ['ten thousand empty hops', ','.repeat(10_000)],
  ])('keeps out %s', async (_what, forwarded) => {
    expectFault(await say(bound, { 'x-forwarded-for': forwarded }), 'key_not_allowed');
  });

  it('keeps out whoever comes from the proxy itself, or writes the header twice', async () => {
    expectFault(await say(bound, {}), 'key_not_allowed');
    const twice = ['x-forwarded-for: 10.9.1.1', 'x-forwarded-for: 203.0.113.7'];
    const request = head('GET /v1/models HTTP/1.1', [
      'host: a',
      'connection: close',
      `authorization: Bearer ${bound}`,
      ...twice,
    ]);
    expectFault(rawAnswer(await RawClient.exchange(tenants.url, request)), 'key_not_allowed');
  });
});

it('counts wrong keys by the address the proxy saw, not by the one a client writes', async () => {
  const wrong = (forwarded: string) => say(tokenText(newKeyToken('live')), { 'x-forwarded-for': forwarded });
  expectFault(await wrong('192.0.2.1'), 'invalid_api_key');
  expectFault(await wrong('192.0.2.1'), 'rate_limit_exceeded');
  expectFault(await wrong('198.18.0.1, 192.0.2.1'), 'rate_limit_exceeded');
  expectFault(await wrong('192.0.2.2'), 'invalid_api_key');
});

describe('headers of 10 MB', () => {
  it.each([
    ['in one', () => ['x-big: '.padEnd(10 * MIB, 'a')]],
    ['in the key', () => ['authorization: Bearer '.padEnd(10 * MIB, 'a')]],
    ['in many', () => Array.from({ length: 10_240 }, (_, nth) => `x-${nth}: `.padEnd(1_024, 'a'))],
    ['in x-forwarded-for', () => [`x-forwarded-for: ${'10.9.1.1,'.repeat(1_200_000)}`]],
  ])('%s are refused before they are read', async (_where, big) => {
    const bytes = head('GET /v1/models HTTP/1.1', ['host: a', ...big()]);
    const before = heapBytes();
    expectFault(rawAnswer(await RawClient.exchange(tenants.url, bytes)), 'headers_too_large');
    expect(heapBytes() - before).toBeLessThan(5 * MIB);
    expect((await say(right)).status).toBe(200);
  });
});

it('has logged no key, right or wrong', () => {
  const log = tenants.log.join('');
  expect(log).toContain(idOf(right));
  expect(log).not.toContain(right.split('_')[3] ?? right);
  expect(log).not.toContain('pg_sleep');
});
