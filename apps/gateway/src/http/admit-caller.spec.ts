import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { MemoryRateLimiter } from '#limits';
import { Fault } from '#protocol';
import { newRequestRecord } from '#telemetry';
import { type KeyDeclaration, KeyRing, keyDigest, newKeyToken, tokenText } from '#tenancy';
import { Lifecycle } from '../lifecycle.ts';
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
    requestRates: new MemoryRateLimiter({ nowUs: () => clock.nowUs }),
    lifecycle: new Lifecycle(),
  };
  return { ports, clock };
}

function ask(ports: ReturnType<typeof aDoor>['ports'], authorization?: string) {
  const req = new IncomingMessage(new Socket());
  if (authorization !== undefined) req.headers.authorization = authorization;
  const headers: HeadersToCome = {};
  const record = newRequestRecord('r', 'chat', 0);
  try {
    return { caller: admitCaller(req, headers, ports, record), fault: null, headers, record };
  } catch (error) {
    if (error instanceof Fault) return { caller: null, fault: error, headers, record };
    throw error;
  }
}

const KEY = `Bearer ${tokenText(token)}`;

it('knows the caller of a key and writes down whose it is', () => {
  const { caller, headers, record } = ask(aDoor().ports, KEY);
  expect(caller).toMatchObject({ keyId: token.id, tenant: 'acme' });
  expect(record).toMatchObject({ keyId: token.id, tenant: 'acme' });
  expect(headers).toEqual({});
});

it.each([undefined, '', 'Bearer', 'Bearer rw_live_x', `Basic ${tokenText(token)}`])(
  'answers 401 and names the scheme to %s',
  (authorization) => {
    const { fault, headers, record } = ask(aDoor().ports, authorization);
    expect(fault).toMatchObject({ code: 'invalid_api_key', status: 401 });
    expect(headers).toEqual({ 'www-authenticate': 'Bearer' });
    expect(record.keyId).toBeNull();
  },
);

it('tells whoever proves an expired key that it has expired', () => {
  const { fault } = ask(aDoor({ expiresAt: '2020-01-01T00:00:00Z' }).ports, KEY);
  expect(fault).toMatchObject({ code: 'key_expired', status: 401 });
});

it('counts requests down in OpenAI names, refuses the one too many, and says when', () => {
  const { ports, clock } = aDoor({ requestsPerMinute: 12 });
  expect(ask(ports, KEY).headers).toEqual({
    'x-ratelimit-limit-requests': '12',
    'x-ratelimit-remaining-requests': '1',
    'x-ratelimit-reset-requests': '5s',
  });
  ask(ports, KEY);
  const { fault, headers } = ask(ports, KEY);
  expect(fault).toMatchObject({ code: 'rate_limit_exceeded', status: 429, retryAfterMs: 5_000 });
  expect(headers['x-ratelimit-remaining-requests']).toBe('0');
  clock.nowUs += 5_000_000;
  expect(ask(ports, KEY).fault).toBeNull();
});

it('takes nothing from the bucket of a key that was not proved', () => {
  const { ports } = aDoor({ requestsPerMinute: 6 });
  for (let turn = 0; turn < 5; turn += 1) ask(ports, `${KEY.slice(0, -1)}~`);
  expect(ask(ports, KEY).fault).toBeNull();
});

it('takes nobody while it drains, and takes nothing from the bucket then', () => {
  const { ports } = aDoor({ requestsPerMinute: 6 });
  void ports.lifecycle.drain(0);
  expect(ask(ports, KEY)).toMatchObject({ fault: { code: 'gateway_draining', status: 503 }, headers: {} });
});
