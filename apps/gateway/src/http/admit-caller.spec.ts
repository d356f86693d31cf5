import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { AddressRanges } from '#addresses';
import { MemoryLimiter } from '#limits';
import { Fault } from '#protocol';
import { Lifecycle, newRequestRecord } from '#telemetry';
import { FailedAuth, type KeyDeclaration, KeyRing, keyDigest, newKeyToken, tokenText } from '#tenancy';
import { admitCaller, type HeadersToCome } from './admit-caller.ts';

const PEPPER = 'q7Zt3mVx9Lw2Rk8Yb5Nc1Hd6Jf4Gs0Ta';
const token = newKeyToken('live');

function aDoor(terms: Partial<KeyDeclaration> = {}) {
  const key: KeyDeclaration = {
    id: token.id,
    digest: keyDigest(PEPPER, token.secret).toString('hex'),
    pepperVersion: 1,
    tenant: 'acme',
    requestsPerMinute: null,
    allowedFields: [],
    models: null,
    expiresAt: null,
    ...terms,
  };
  const clock = { nowUs: 1_000_000 };
  const ports = {
    keys: new KeyRing([key], new Map([[1, PEPPER]])),
    failedAuth: new FailedAuth({ failedPerMinute: 600 }),
    trustedProxies: new AddressRanges([]),
    limiter: new MemoryLimiter({ nowUs: () => clock.nowUs }),
    lifecycle: new Lifecycle(),
    pricing: { largestWeight: 1 },
    fleet: { snapshot: () => ({ pools: [] }) },
  };
  return { ports, clock };
}

async function ask(ports: ReturnType<typeof aDoor>['ports'], authorization?: string) {
  const req = new IncomingMessage(new Socket());
  if (authorization !== undefined) req.headers.authorization = authorization;
  const headers: HeadersToCome = {};
  const record = newRequestRecord('r', 'chat', 0);
  try {
    const { caller } = await admitCaller({ req, endpoint: 'chat', headers, record }, ports);
    return { caller, fault: null, headers, record };
  } catch (error) {
    if (error instanceof Fault) return { caller: null, fault: error, headers, record };
    throw error;
  }
}

const KEY = `Bearer ${tokenText(token)}`;

it('knows the caller of a key and writes down whose it is', async () => {
  const { caller, headers, record } = await ask(aDoor().ports, KEY);
  expect(caller).toMatchObject({ keyId: token.id, tenant: 'acme' });
  expect(record).toMatchObject({ keyId: token.id, tenant: 'acme' });
  expect(headers).toEqual({});
});

it.each([undefined, '', 'Bearer', 'Bearer rw_live_x', `Basic ${tokenText(token)}`])(
  'answers 401 and names the scheme to %s',
  async (authorization) => {
    const { fault, headers, record } = await ask(aDoor().ports, authorization);
    expect(fault).toMatchObject({ code: 'invalid_api_key', status: 401 });
    expect(headers).toEqual({ 'www-authenticate': 'Bearer' });
    expect(record.keyId).toBeNull();
  },
);

it('tells whoever proves an expired key that it has expired', async () => {
  const { fault } = await ask(aDoor({ expiresAt: '2020-01-01T00:00:00Z' }).ports, KEY);
  expect(fault).toMatchObject({ code: 'key_expired', status: 401 });
});

it('never takes who proved a key that is over for one who guesses', async () => {
  const { ports } = aDoor({ expiresAt: '2020-01-01T00:00:00Z' });
  const codes = new Set<string | undefined>();
  for (let turn = 0; turn < 200; turn += 1) codes.add((await ask(ports, KEY)).fault?.code);
  expect([...codes]).toEqual(['key_expired']);
  // Nor do they use up what wrong keys behind the same address have.
  expect((await ask(ports, `${KEY.slice(0, -1)}~`)).fault).toMatchObject({ code: 'invalid_api_key' });
});

it('answers 429 to an address that guesses keys', async () => {
  const { ports } = aDoor();
  const codes: (string | undefined)[] = [];
  for (let turn = 0; turn < 120; turn += 1)
    codes.push((await ask(ports, `${KEY.slice(0, -1)}~`)).fault?.code);
  expect(codes[0]).toBe('invalid_api_key');
  expect(codes.at(-1)).toBe('rate_limit_exceeded');
});

it('counts requests down in OpenAI names, refuses the one too many, and says when', async () => {
  const { ports, clock } = aDoor({ requestsPerMinute: 12 });
  expect((await ask(ports, KEY)).headers).toEqual({
    'x-ratelimit-limit-requests': '12',
    'x-ratelimit-remaining-requests': '1',
    'x-ratelimit-reset-requests': '5s',
  });
  await ask(ports, KEY);
  const { fault, headers } = await ask(ports, KEY);
  expect(fault).toMatchObject({ code: 'rate_limit_exceeded', status: 429 });
  // Up to a tenth is added, so that those refused together do not come back together.
  expect(fault?.retryAfterMs).toBeGreaterThanOrEqual(5_000);
  expect(fault?.retryAfterMs).toBeLessThanOrEqual(5_500);
  expect(headers['x-ratelimit-remaining-requests']).toBe('0');
  clock.nowUs += 5_000_000;
  expect((await ask(ports, KEY)).fault).toBeNull();
});

it('takes nothing from the bucket of a key that was not proved', async () => {
  const { ports } = aDoor({ requestsPerMinute: 6 });
  for (let turn = 0; turn < 5; turn += 1) await ask(ports, `${KEY.slice(0, -1)}~`);
  expect((await ask(ports, KEY)).fault).toBeNull();
});

it('takes nobody while it drains, and takes nothing from the bucket then', async () => {
  const { ports } = aDoor({ requestsPerMinute: 6 });
  void ports.lifecycle.drain(0);
  expect(await ask(ports, KEY)).toMatchObject({
    fault: { code: 'gateway_draining', status: 503 },
    headers: {},
  });
});
