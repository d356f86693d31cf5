// Every way to be refused or to fail, provoked through the front door. The last test fails when a code of the catalogue
// has none here.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { FAULTS, type FaultCode } from '#protocol';
import { newKeyToken, tokenText } from '#tenancy';
import { startRedis, type TestRedis } from '../servers/start-redis.ts';
import { ask, CHAT, chat, open, words } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { expectFault } from './harness/expect-fault.ts';
import { type FleetUnderTest, ONE_POOL, startFleetUnderTest } from './harness/fleet-under-test.ts';
import { head, RawClient, rawAnswer } from './harness/raw-client.ts';
import { framesOf } from './harness/read-stream.ts';
import { done, idOf } from './harness/state-under-test.ts';
import { startTenantsUnderTest, type TenantsUnderTest } from './harness/tenants-under-test.ts';

/** Silence between looks, so that only requests tell the gateway what became of a worker. */
const NO_LOOKS = { compareCounts: false, scrapeIntervalMs: 3_600_000, warmUpMs: 0 };
const IMAGE = [{ type: 'image_url', image_url: { url: 'https://example.com/cat.png' } }];

const provoked = new Set<FaultCode>();

/** Declares one test of one code. */
function provokes(code: FaultCode, when: string, test: () => Promise<void>): void {
  provoked.add(code);
  it(`answers ${FAULTS[code].status} ${code} ${when}`, test);
}

describe('what the gateway refuses', () => {
  let fleet: FleetUnderTest;
  beforeAll(async () => {
    fleet = await startFleetUnderTest({
      pools: [...ONE_POOL, { name: 'yarn-2', factor: 2, windowTokens: 2_048 }],
      keys: {
        caller: {},
        hurried: { requestsPerMinute: 1 },
        expired: { expiresAt: '2020-01-01T00:00:00Z' },
      },
      settings: { bodies: { maxBytes: 100_000, timeoutMs: 300, inFlightBytes: 5_000 } },
    });
  });
  afterAll(() => fleet.close());

  const refuses = (code: FaultCode, when: string, body: unknown, param?: string, headers = {}) =>
    provokes(code, when, async () => {
      const answer = await ask(fleet, CHAT, body, { headers: { 'x-request-id': 'e2e-1', ...headers } });
      expectFault(answer, code, { requestId: 'e2e-1', ...(param ? { param } : {}) });
      expect(fleet.asked()).toEqual([]);
    });

  refuses('invalid_json', 'to half an object', '{"model":');
  refuses('invalid_request', 'to a wrong type', chat('Hi', { max_tokens: 'many' }), 'max_tokens');
  refuses('field_not_allowed', 'to a steering field', chat('Hi', { priority: -1 }), 'priority');
  refuses('unsupported_content', 'to an image', chat(IMAGE), 'messages[0].content[0]');
  refuses('model_not_found', 'to an unknown model', chat('Hi', { model: 'gpt-9' }), 'model');
  refuses('context_length_exceeded', 'to a prompt above every window', chat(words(3_000)), 'messages');
  refuses('pool_not_found', 'to a pin on no pool', chat(), 'x-ropeway-pool', { 'x-ropeway-pool': 'west' });
  refuses('pool_too_small', 'to a pin that does not fit', chat(words(1_500)), 'x-ropeway-pool', {
    'x-ropeway-pool': 'default',
  });
  refuses('body_too_large', 'to a body above the bound', ' '.repeat(100_001));
  refuses('unsupported_media_type', 'to a compressed body', chat(), undefined, {
    'content-encoding': 'gzip',
  });

  provokes('invalid_api_key', 'without a key', async () => {
    const answer = await ask(fleet, CHAT, chat(), { key: null });
    expectFault(answer, 'invalid_api_key');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  provokes('key_expired', 'to whoever proves an expired key', async () => {
    const key = fleet.keys.get('expired') ?? '';
    expectFault(await ask(fleet, CHAT, chat(), { key }), 'key_expired');
  });

  provokes('rate_limit_exceeded', 'above the requests a minute', async () => {
    const key = fleet.keys.get('hurried') ?? '';
    expect((await ask(fleet, '/v1/models', undefined, { key })).status).toBe(200);
    const answer = await ask(fleet, CHAT, chat(), { key });
    expectFault(answer, 'rate_limit_exceeded');
    expect(answer.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  });

  provokes('not_found', 'on an unknown path', async () => {
    expectFault(await ask(fleet, '/v1/embeddings', chat()), 'not_found');
    expectFault(await ask(fleet, '/', undefined), 'not_found');
  });

  provokes('method_not_allowed', 'to GET where POST is meant, and the other way round', async () => {
    const answer = await ask(fleet, CHAT);
    expectFault(answer, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe('POST');
    expectFault(await ask(fleet, '/v1/models', chat()), 'method_not_allowed');
  });

  provokes('body_timeout', 'to a body that does not come', async () => {
    const request = head(`POST ${CHAT} HTTP/1.1`, [
      'host: a',
      `authorization: Bearer ${fleet.key}`,
      'content-type: application/json',
      'content-length: 100',
    ]);
    expectFault(rawAnswer(await RawClient.exchange(fleet.url, request)), 'body_timeout');
  });

  provokes('headers_too_large', 'to headers above the bound', async () => {
    const request = head('GET /v1/models HTTP/1.1', ['host: a', `x-big: ${'a'.repeat(20_000)}`]);
    expectFault(rawAnswer(await RawClient.exchange(fleet.url, request)), 'headers_too_large');
  });

  provokes('bad_http', 'to what is not HTTP/1.1', async () => {
    expectFault(rawAnswer(await RawClient.exchange(fleet.url, 'HELO gateway\r\n\r\n')), 'bad_http');
  });

  provokes('gateway_busy', 'when other bodies fill the bound', async () => {
    fleet.sim('default').inflict({ kind: 'freeze' });
    const running = open(fleet, CHAT, chat(words(600), { stream: true }));
    await eventually('the first body is held', () => fleet.asked().length > 0);
    const answer = await ask(fleet, CHAT, chat(words(600)));
    fleet.sim('default').heal();
    expectFault(answer, 'gateway_busy');
    await framesOf(await running);
  });

  provokes('internal_error', 'to a mistake of our own, whose detail stays in the log', async () => {
    const broken = jest.spyOn(fleet.gateway.ports.fleet, 'snapshot').mockImplementationOnce(() => {
      throw new Error('a detail nobody outside may read');
    });
    const answer = await ask(fleet, CHAT, chat());
    broken.mockRestore();
    expectFault(answer, 'internal_error');
    expect(answer.text).not.toContain('a detail');
    await eventually('the log has the detail', () => fleet.log.join('').includes('a detail nobody'));
  });

  it(`answers nobody, and logs ${FAULTS.client_closed.status} client_closed, when the client leaves`, async () => {
    fleet.sim('default').inflict({ kind: 'freeze' });
    const leaving = new AbortController();
    const before = fleet.asked().length;
    const request = ask(fleet, CHAT, chat(), { signal: leaving.signal });
    await eventually('the worker has it', () => fleet.asked().length > before);
    leaving.abort();
    await expect(request).rejects.toThrow('abort');
    await fleet.idle();
    fleet.sim('default').heal();
    expect(fleet.log.join('')).toContain('"outcome":"client_closed"');
  });
  provoked.add('client_closed');
});

describe('what the workers cause', () => {
  let fleet: FleetUnderTest;
  beforeAll(async () => {
    fleet = await startFleetUnderTest({
      pools: [
        ...ONE_POOL,
        { name: 'yarn-2', factor: 2, windowTokens: 2_048, urls: ['http://127.0.0.1:9'] },
        { name: 'yarn-4', factor: 4, windowTokens: 4_096 },
      ],
      settings: {
        relay: { retries: 0, firstTokenTimeoutMs: 200 },
        waiting: { maxWaitMs: 200 },
        workers: NO_LOOKS,
      },
    });
  });
  afterAll(() => fleet.close());

  provokes('worker_rejected', "with the worker's own status and message", async () => {
    fleet
      .sim('default')
      .inflict({ kind: 'status', status: 422, dialect: 'detail', message: 'no such logit' });
    const answer = await ask(fleet, CHAT, chat());
    expectFault(answer, 'worker_rejected', { status: 422 });
    expect(answer.error.message).toBe('no such logit');
  });

  provokes('worker_failed', 'to a 500 of the only worker', async () => {
    fleet.sim('default').inflict({ kind: 'status', status: 500, message: 'CUDA error: at 0x7f' });
    const answer = await ask(fleet, CHAT, chat());
    expectFault(answer, 'worker_failed');
    expect(answer.text).not.toContain('CUDA');
  });

  provokes('worker_timeout', 'to a stream without a first token', async () => {
    fleet.sim('default').inflict({ kind: 'stall' });
    expectFault(await ask(fleet, CHAT, chat('Hi', { stream: true })), 'worker_timeout');
  });

  provokes('no_capacity', 'to a full queue', async () => {
    fleet.sim('default').inflict({ kind: 'queue-full' });
    expectFault(await ask(fleet, CHAT, chat()), 'no_capacity');
  });

  provokes('pool_unavailable', 'when no worker that fits is ready', async () => {
    expectFault(await ask(fleet, CHAT, chat(words(1_500))), 'pool_unavailable');
  });

  provokes('worker_unreachable', 'when the port refuses', async () => {
    fleet.sim('yarn-4').inflict({ kind: 'refuse' });
    expectFault(await ask(fleet, CHAT, chat(words(3_000))), 'worker_unreachable');
  });
});

describe('what needs a gateway of its own', () => {
  provokes('counting_failed', 'when the worker that would count is away', async () => {
    const fleet = await startFleetUnderTest({
      pools: ONE_POOL,
      model: { profile: undefined, counting: 'worker' },
      settings: { workers: NO_LOOKS },
    });
    expect((await ask(fleet, CHAT, chat())).status).toBe(200);
    fleet.sim('default').inflict({ kind: 'refuse' });
    expectFault(await ask(fleet, CHAT, chat()), 'counting_failed');
    await fleet.close();
  });

  provokes('gateway_draining', 'to whoever comes while the last answers finish', async () => {
    const fleet = await startFleetUnderTest({ pools: ONE_POOL });
    fleet.sim('default').inflict({ kind: 'freeze' });
    const running = open(fleet, CHAT, chat('Hi', { stream: true }));
    await eventually('it runs', () => fleet.asked().length > 0);
    const drained = fleet.gateway.drain();
    const answer = await ask(fleet, CHAT, chat());
    fleet.sim('default').heal();
    expectFault(answer, 'gateway_draining');
    await framesOf(await running);
    expect(await drained).toBe(true);
    await fleet.close();
  });
});

describe('what keys, limits and the ledger refuse', () => {
  let tenants: TenantsUnderTest;
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
    tenants = await startTenantsUnderTest({
      pools: ONE_POOL,
      redis: { url: redis.url },
      ledgerRows: 100,
    });
  });
  afterAll(async () => {
    await tenants.close();
    await redis.stop();
  });

  const say = (key: string, content: unknown = 'Hi') =>
    ask(tenants, CHAT, chat(content, { max_tokens: 20 }), { key });

  const usage = (key: string) => ask(tenants, '/v1/usage', undefined, { key });

  const lookups = async (): Promise<string> => {
    const { body } = await tenants.gateway.ports.telemetry.exposition();
    return /^ropeway_key_lookups_total (\d+)$/m.exec(body)?.[1] ?? '';
  };

  provokes('key_revoked', 'to whoever proves a revoked key', async () => {
    const key = await tenants.newTenant('revoked');
    done(await tenants.registry.revokeKey('e2e', idOf(key)));
    expectFault(await say(key), 'key_revoked');
  });

  provokes('key_not_allowed', 'to a key outside its scopes', async () => {
    const key = await tenants.newTenant('scoped', {}, { scopes: { endpoints: [] } });
    expectFault(await say(key), 'key_not_allowed');
  });

  provokes('limit_too_small', 'to what no wait would help', async () => {
    const limits = { budgets: [{ period: 'day', unit: 'tokens', limit: 10 }] } as const;
    expectFault(await say(await tenants.newTenant('small', { limits }), words(100)), 'limit_too_small');
  });

  provokes('insufficient_quota', 'to a used-up budget', async () => {
    const limits = { budgets: [{ period: 'day', unit: 'tokens', limit: 40 }] } as const;
    const key = await tenants.newTenant('spent', { limits });
    await say(key);
    expectFault(await say(key), 'insufficient_quota');
  });

  provokes('limits_unavailable', 'to strict tenants while Redis is away', async () => {
    const key = await tenants.newTenant('strict', { isStrict: true, limits: { requestsPerMinute: 600 } });
    expect((await say(key)).status).toBe(200);
    await redis.kill9();
    expectFault(await say(key), 'limits_unavailable');
  });

  provokes('usage_unavailable', 'to who asks for its usage while the database is away', async () => {
    const key = await tenants.newTenant('curious');
    await eventually('the key is kept in memory', async () => {
      const before = await lookups();
      return (await usage(key)).status === 200 && (await lookups()) === before;
    });
    await tenants.network.set('refuse');
    const answer = await usage(key);
    await tenants.network.set('pass');
    expectFault(answer, 'usage_unavailable');
    // Its cause, under the id the client was told.
    const line = tenants.log.find((each) => each.includes(answer.headers.get('x-request-id') ?? '-')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ level: 'error', fault: 'usage_unavailable', err: {} });
  });

  provokes('ledger_full', 'when the outbox holds what it may', async () => {
    const key = await tenants.newTenant('recorded');
    // A key whose making is still being told of is looked up again; then it is kept, and the database may go.
    await eventually('the key is kept in memory', async () => {
      const before = await lookups();
      return (await say(key)).status === 200 && (await lookups()) === before;
    });
    await tenants.network.set('refuse');
    let answer = await say(key);
    for (let turn = 0; turn < 150 && answer.status === 200; turn++) answer = await say(key);
    expectFault(answer, 'ledger_full');
  });

  provokes('keys_unavailable', 'to an unknown key while the database is away', async () => {
    await tenants.network.set('refuse');
    expectFault(await say(tokenText(newKeyToken('live'))), 'keys_unavailable');
  });
});

it('has a test for every code of the catalogue', () => {
  const codes = Object.keys(FAULTS);
  expect([...provoked].toSorted()).toEqual(codes.toSorted());
});
