// The admin API as operators run it: the built program with a configuration file, a signal and a log.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Database, migrate, openDatabase } from '#database';
import { NO_LIMITS, RedisLimiter, requestCharges } from '#limits';
import { eventually } from '../../../test/e2e/harness/eventually.ts';
import {
  newTestDatabase,
  type TestDatabase,
  testRedisUrl,
  uniquePrefix,
} from '../../../test/servers/shared-servers.ts';
import { startFaultyProxy } from '../../../test/servers/start-faulty-proxy.ts';

const MAIN = 'dist/apps/control/src/main.js';
const folder = mkdtempSync(join(tmpdir(), 'ropeway-control-'));
const file = join(folder, 'ropeway.yaml');
const keyFile = join(folder, 'state', 'admin-key');
const children: ChildProcess[] = [];
let postgres: TestDatabase;

beforeAll(async () => {
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { encoding: 'utf8' });
  expect([built.status, built.stderr]).toEqual([0, expect.any(String)]);
  postgres = await newTestDatabase();
  await withDatabase(postgres.url, async (database) => {
    await migrate(database, { signal: AbortSignal.timeout(30_000) });
  });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await postgres?.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function withDatabase(url: string, work: (database: Database) => Promise<void>): Promise<void> {
  const options = { maxConnections: 2, connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };
  const signal = AbortSignal.timeout(30_000);
  const database = await openDatabase({ kind: 'postgres', url, ...options }, { signal });
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

function started(settings: object): ChildProcess {
  writeFileSync(file, JSON.stringify(settings));
  const { NODE_OPTIONS: _flags, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, '--config', file], {
    env: { ...env, ROPEWAY_PEPPER: 'q7Zt3mVx9Lw2Rk8Yb5Nc1Hd6Jf4Gs0Ta' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

function settings(database: object | undefined): object {
  return {
    models: [{ id: 'm', profile: 'qwq' }],
    pools: [
      {
        name: 'p',
        model: 'm',
        rope: { type: 'default' },
        windowTokens: 4_096,
        workers: ['http://127.0.0.1:1'],
      },
    ],
    keys: [],
    control: { port: 0, adminKeyFile: keyFile },
    ...(database === undefined ? {} : { database }),
  };
}

/** The first record of its log with this message. */
async function logged(child: ChildProcess, message: string): Promise<Readonly<Record<string, unknown>>> {
  if (child.stdout === null) throw new Error('it has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const record = JSON.parse(line);
    if (record.msg === message) return record;
  }
  throw new Error(`it ended without "${message}"`);
}

it('makes its admin key at the first start, takes it, and ends with 0 on SIGTERM', async () => {
  const child = started(settings({ url: postgres.url }));
  const { url, isNewAdminKey } = await logged(child, 'listening');
  expect([isNewAdminKey, statSync(keyFile).mode & 0o777]).toEqual([true, 0o600]);
  const key = readFileSync(keyFile, 'utf8').trim();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const made = await fetch(`${url}/admin/tenants`, { method: 'POST', headers, body: '{"id": "acme"}' });
  expect(made.status).toBe(201);
  const limits = await fetch(`${url}/admin/tenants/acme/limits`, { headers });
  expect(await limits.json()).toEqual({ tenant: 'acme', key: null, items: [] });
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});

it('takes the same key after the next start', async () => {
  const child = started(settings({ url: postgres.url }));
  const { url, isNewAdminKey } = await logged(child, 'listening');
  const headers = { authorization: `Bearer ${readFileSync(keyFile, 'utf8').trim()}` };
  expect([isNewAdminKey, (await fetch(`${url}/admin/tenants/acme`, { headers })).status]).toEqual([
    false,
    200,
  ]);
  child.kill('SIGTERM');
  await once(child, 'exit');
});

it('looks at the counters of the gateways in Redis, and is none of the replicas itself', async () => {
  const [redisUrl, keyPrefix] = [await testRedisUrl(), `${uniquePrefix()}:`];
  // Patient, because two cores may be shared by several test files.
  const redisSettings = { urls: [redisUrl], keyPrefix, commandTimeoutMs: 5_000 };
  const child = started({ ...settings({ url: postgres.url }), redis: redisSettings });
  const { url } = await logged(child, 'listening');
  const headers = {
    authorization: `Bearer ${readFileSync(keyFile, 'utf8').trim()}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ limits: { requestsPerMinute: 60 } });
  await fetch(`${url}/admin/tenants/acme`, { method: 'PATCH', headers, body });
  const redis = new Redis(redisUrl);
  const limiter = new RedisLimiter({ ...COUNTING, keyPrefix, connection: redis });
  const [spender, limits] = [
    { tenant: 'acme', isStrict: false, isPrepaid: false },
    { ...NO_LIMITS, requestsPerMinute: 60 },
  ];
  const caller = {
    tenant: 'acme',
    lineage: '',
    tenantLimits: limits,
    keyLimits: NO_LIMITS,
    maxPromptTokens: null,
    timeZone: 'UTC',
  };
  await limiter.take(spender, requestCharges(caller));
  const standings: unknown = await (await fetch(`${url}/admin/tenants/acme/limits`, { headers })).json();
  const status: unknown = await (await fetch(`${url}/admin/status`, { headers })).json();
  const replicas = await redis.zcard(`${keyPrefix}replicas`);
  await limiter.close();
  redis.disconnect();
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(standings).toMatchObject({ items: [{ kind: 'requests', remaining: 9 }] });
  expect(status).toMatchObject({
    redis: { mode: 'shared' },
    database: { kind: 'postgres', ok: true },
    ledger: null,
  });
  expect(replicas).toBe(0);
});

const COUNTING = {
  commandTimeoutMs: 1_000,
  leaseMs: 30_000,
  heartbeatMs: 10_000,
  meterTokens: 256,
  meterMs: 1_000,
  truth: null,
};

it('makes more admin keys, each with the line that declares it', async () => {
  const made = spawnSync(process.execPath, [MAIN, 'new-key', '--role', 'viewer'], { encoding: 'utf8' });
  const [key = '', line = ''] = made.stdout.split('\n');
  writeFileSync(keyFile, `${readFileSync(keyFile, 'utf8')}${line}\n`);
  const child = started(settings({ url: postgres.url }));
  const { url } = await logged(child, 'listening');
  const headers = { authorization: `Bearer ${key}` };
  const statuses = [
    (await fetch(`${url}/admin/tenants`, { headers })).status,
    (await fetch(`${url}/admin/plans/x`, { method: 'DELETE', headers })).status,
  ];
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(statuses).toEqual([200, 403]);
});

it('says in one line what is missing', async () => {
  const child = started(settings(undefined));
  const [[code], stderr] = await Promise.all([
    once(child, 'exit'),
    child.stderr === null ? '' : text(child.stderr),
  ]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^ropeway: the admin API .*database\.url.*\n$/)]);
});

it.each([
  ['too old', (_database: Database) => Promise.resolve(), /holds no schema yet.*`ropeway migrate`/],
  ['too new', outgrow, /must not use: upgrade ropeway/],
])('refuses a database that is %s, and names the command that mends it', async (_how, prepare, says) => {
  const other = await newTestDatabase();
  try {
    await withDatabase(other.url, prepare);
    const child = started(settings({ url: other.url }));
    const [[code], stderr] = await Promise.all([
      once(child, 'exit'),
      child.stderr === null ? '' : text(child.stderr),
    ]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)]);
  } finally {
    await other.drop();
  }
});

it.each([
  ['too old', (_database: Database) => Promise.resolve(), /holds no schema yet.*`ropeway migrate`/],
  ['too new', outgrow, /must not use: upgrade ropeway/],
])(
  'reads and writes nothing in a database that comes back %s, and says what mends it until it is mended',
  async (_how, prepare, says) => {
    const other = await newTestDatabase();
    const network = await startFaultyProxy(other.url);
    try {
      await withDatabase(other.url, prepare);
      await network.set('refuse');
      const child = started(settings({ url: network.url }));
      const { url } = await logged(child, 'listening');
      await network.set('pass');
      const ready = async () => {
        const response = await fetch(`${url}/readyz`);
        return `${response.status} ${await response.text()}`;
      };
      await eventually(
        'it has seen the schema',
        async () => (await ready()) === '503 {"status":"wrong schema"}',
      );
      for (const body of [null, TENANT]) {
        const { status, retryAfter, problem } = await askTenants(`${url}`, body);
        expect([status, retryAfter]).toEqual([503, '1']);
        expect(problem).toMatchObject({
          type: 'urn:ropeway:problem:unavailable',
          detail: expect.stringMatching(says),
        });
      }
      await withDatabase(other.url, mend);
      expect((await askTenants(`${url}`, TENANT)).status).toBe(201);
      expect(await ready()).toBe('200 {"status":"ready"}');
      child.kill('SIGTERM');
      await once(child, 'exit');
    } finally {
      await network.stop();
      await other.drop();
    }
  },
);

const TENANT = '{"id": "acme"}';

async function askTenants(url: string, body: string | null) {
  // More may have been declared in it.
  const [key] = readFileSync(keyFile, 'utf8').split('\n');
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const asked = body === null ? { headers } : { method: 'POST', headers, body };
  const response = await fetch(`${url}/admin/tenants`, asked);
  const problem: unknown = await response.json();
  return { status: response.status, retryAfter: response.headers.get('retry-after'), problem };
}

/** `ropeway migrate`, or a way back to this release. */
async function mend(database: Database): Promise<void> {
  await migrate(database, { signal: AbortSignal.timeout(30_000) });
  await database.sql.deleteFrom('schema_info').where('version', '=', 999).execute();
}

/** As a later release leaves it. */
async function outgrow(database: Database): Promise<void> {
  await migrate(database, { signal: AbortSignal.timeout(30_000) });
  await database.sql.insertInto('schema_info').values({ version: 999, min_app_version: 999 }).execute();
}
