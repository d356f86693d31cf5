import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DatabaseOptions, migrate, openDatabase } from '#database';
import { DatabaseRegistry, keyDigest, newKeyToken, tokenText } from '#tenancy';
import { newEmptyDatabase } from '../../../../libs/database/testing/both-databases.ts';
import { newTestDatabase, type TestDatabase, testRedisUrl } from '../../../../test/servers/shared-servers.ts';
import { type StandInServer, sendJson, standInServer } from '../testing/stand-in-server.ts';
import { ran } from '../testing/test-terminal.ts';
import type { Finding } from './finding.ts';

const PEPPER = 'f3a9c1e07b5d2846a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718';
const LIMITS_OF_CONNECTION = { maxConnections: 2, connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };
const folder = mkdtempSync(join(tmpdir(), 'ropeway-doctor-'));
const adminKeyFile = join(folder, 'admin-key');
let database: TestDatabase;
let redisUrl: string;
let good: StandInServer;
/** Nobody listens there any more. */
let gone: StandInServer;
beforeAll(async () => {
  database = await newTestDatabase();
  redisUrl = await testRedisUrl();
  good = await worker({});
  gone = await worker({});
  await gone.close();
  writeFileSync(adminKeyFile, 'rwa_0123456789\n', { mode: 0o600 });
});
afterAll(async () => {
  await database.drop();
  await good.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Worker {
  readonly windowTokens?: number;
  readonly version?: string;
  readonly count?: number;
}

/** As much of a vLLM as is asked of it. */
function worker({ windowTokens = 4_096, version = '0.32.0', count = 1 }: Worker) {
  return standInServer(({ url }, res) => {
    if (url === '/health') return res.end();
    if (url === '/version') return sendJson(res, 200, { version });
    if (url === '/tokenize') return sendJson(res, 200, { count, max_model_len: windowTokens, tokens: [] });
    if (url === '/v1/models')
      return sendJson(res, 200, {
        object: 'list',
        data: [{ id: 'm', object: 'model', max_model_len: windowTokens }],
      });
    return res.writeHead(404).end();
  });
}

async function examined(settings: object, args: readonly string[] = [], env: Record<string, string> = {}) {
  const file = join(folder, 'ropeway.yaml');
  writeFileSync(file, JSON.stringify({ ...settingsOf([good.url]), ...settings }));
  const { code, out, err } = await ran(
    ['doctor', '--config', file, '--admin-key-file', adminKeyFile, '--json', ...args],
    { env: { ROPEWAY_PEPPER: PEPPER, ROPEWAY_ADMIN_URL: gone.url, ...env } },
  );
  const { findings } = JSON.parse(out) as { findings: readonly Finding[] };
  const of = (check: string) => findings.filter((finding) => finding.check.startsWith(check));
  return { code, err, findings, of };
}

function settingsOf(workers: readonly string[]) {
  return {
    models: [{ id: 'm', profile: 'qwq' }],
    pools: [pool(workers)],
    keys: [],
    workers: { compareCounts: false },
  };
}

function pool(workers: readonly string[]) {
  return { name: 'p', model: 'm', rope: { type: 'default' }, windowTokens: 4_096, workers };
}

describe('ropeway doctor', () => {
  it('sends whoever forgot to migrate there, and is content afterwards', async () => {
    const settings = { database: { url: database.url } };
    const before = await examined(settings);
    expect(before.code).toBe(1);
    expect(before.of('database').find(({ state }) => state === 'fail')).toMatchObject({
      what: expect.stringContaining('holds no schema yet'),
      fix: 'run `ropeway migrate`',
    });
    await ran(['migrate'], { env: { ROPEWAY_DATABASE_URL: database.url } });
    const after = await examined(settings);
    expect(after.of('database').map(({ state, what }) => [state, what])).toEqual([
      ['ok', expect.stringMatching(/^PostgreSQL .* answers$/)],
      ['ok', expect.stringMatching(/^schema \d+/)],
      ['ok', expect.stringMatching(/^its clock agrees/)],
    ]);
  });

  it('says why a database does not answer, without its password', async () => {
    const { of, code } = await examined({ database: { url: 'postgres://user:hidden@127.0.0.1:9/x' } });
    const [finding] = of('database');
    expect([code, finding?.state, finding?.what]).toEqual([
      1,
      'fail',
      expect.stringContaining('ECONNREFUSED'),
    ]);
    expect(JSON.stringify(finding)).not.toContain('hidden');
  });

  it('makes no embedded database by looking for it', async () => {
    const { of } = await examined({ database: { embedded: join(folder, 'not-there') } });
    expect(of('database')).toMatchObject([
      { state: 'warn', what: expect.stringContaining('is not there yet') },
    ]);
    expect(
      (await examined({ database: { embedded: join(folder, 'not-there') } })).of('database'),
    ).toMatchObject([{ state: 'warn' }]);
  });

  it('finds a Redis that is there, and one that is not', async () => {
    const there = await examined({ redis: { urls: [redisUrl] } });
    expect(there.of('redis').map(({ state }) => state)).toEqual(expect.arrayContaining(['ok', 'ok']));
    expect(there.of('redis').filter(({ state }) => state === 'fail')).toEqual([]);
    const away = await examined({ redis: { urls: ['redis://:hidden@127.0.0.1:9'] } });
    expect(away.of('redis')).toMatchObject([
      { state: 'fail', what: expect.stringContaining('ECONNREFUSED') },
    ]);
    expect(JSON.stringify(away.findings)).not.toContain('hidden');
  });

  it('tells a single Redis from a cluster', async () => {
    const { of } = await examined({ redis: { urls: [redisUrl], isCluster: true } });
    expect(of('redis')).toContainEqual(
      expect.objectContaining({ state: 'fail', fix: 'set redis.isCluster: false' }),
    );
  });

  it('finds a worker with another window, and says which flag', async () => {
    const small = await worker({ windowTokens: 2_048 });
    const { of } = await examined({ pools: [pool([small.url])] });
    await small.close();
    expect(of('worker')[0]).toMatchObject({
      state: 'fail',
      what: "its max_model_len is 2048, the pool's window is 4096",
      fix: expect.stringContaining('--max-model-len 4096'),
    });
  });

  it('finds a worker that counts otherwise', async () => {
    const other = await worker({ count: 1 });
    const { of } = await examined({ pools: [pool([other.url])], workers: {} });
    await other.close();
    expect(of('worker')[0]).toMatchObject({
      state: 'fail',
      what: expect.stringContaining('it counts 1 tokens'),
    });
  });

  it('finds an engine too old for the model', async () => {
    const old = await worker({ version: '0.3.3' });
    const { of, code } = await examined({ pools: [pool([old.url])] });
    await old.close();
    expect(code).toBe(1);
    expect(of('worker')[1]).toMatchObject({
      state: 'fail',
      what: expect.stringContaining("KeyError: 'qwen2'"),
    });
  });

  it('reads in the log of a worker why it did not start', async () => {
    const log = join(folder, 'vllm.log');
    writeFileSync(log, '  File "auto.py"\n    raise KeyError(key)\nKeyError: \'qwen2\'\n');
    const { of } = await examined({}, ['--worker-log', log]);
    expect(of('worker log')).toMatchObject([
      { state: 'fail', what: expect.stringContaining('older than 4.37') },
    ]);
  });

  it('proves the pepper with a key, and disproves a wrong one', async () => {
    const token = newKeyToken('live');
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, tokenText(token));
    const digest = keyDigest(PEPPER, token.secret).toString('hex');
    const keys = [{ id: token.id, digest, tenant: 'acme' }];
    const right = await examined({ keys }, ['--key-file', keyFile]);
    expect(right.of('key')).toMatchObject([{ state: 'ok' }]);
    const wrong = await examined({ keys }, ['--key-file', keyFile], { ROPEWAY_PEPPER: `${PEPPER}0` });
    expect(wrong.of('key')).toMatchObject([
      { state: 'fail', what: expect.stringContaining('does not prove') },
    ]);
    expect(JSON.stringify([right.findings, wrong.findings])).not.toContain(token.secret);
  });

  it('proves the pepper with a key of the database, and misses the pepper its keys need', async () => {
    const options = { kind: 'postgres', url: database.url, ...LIMITS_OF_CONNECTION } as const;
    const opened = await openDatabase(options, { signal: AbortSignal.timeout(10_000) });
    await migrate(opened, { signal: AbortSignal.timeout(10_000) });
    const registry = new DatabaseRegistry({ database: opened, pepper: { version: 2, secret: PEPPER } });
    await registry.createTenant('test', 'acme', {});
    const made = await registry.createKey('test', 'acme', {});
    await opened.close();
    if (!made.ok) throw new Error(made.message);
    const keyFile = join(folder, 'database-key');
    writeFileSync(keyFile, made.value.text);
    const settings = { database: { url: database.url } };
    const peppers = [{ version: 2, env: 'PEPPER_TWO' }];
    const right = await examined({ ...settings, peppers }, ['--key-file', keyFile], { PEPPER_TWO: PEPPER });
    expect(right.of('key')).toMatchObject([
      { state: 'ok', what: expect.stringContaining('pepper 2 proves') },
    ]);
    const missing = await examined(settings, ['--key-file', keyFile]);
    expect(missing.of('pepper')).toMatchObject([
      { state: 'fail', what: 'keys of the database need pepper 2, which is not given' },
    ]);
  });

  it('leaves an embedded database alone that another process has open', async () => {
    const empty = await newEmptyDatabase('embedded');
    const opened = await openDatabase(empty.options, { signal: AbortSignal.timeout(60_000) });
    const { of } = await examined({ database: { embedded: embeddedFolder(empty.options) } });
    await opened.close();
    await empty.drop();
    expect(of('database')).toMatchObject([
      { state: 'ok', what: expect.stringContaining('is open in another process') },
    ]);
  });

  it('finds an admin key others may read', async () => {
    chmodSync(adminKeyFile, 0o644);
    const { of, code } = await examined({});
    chmodSync(adminKeyFile, 0o600);
    expect([code, of('admin key file')]).toEqual([
      1,
      [expect.objectContaining({ state: 'fail', fix: expect.stringContaining(`chmod 600 ${adminKeyFile}`) })],
    ]);
  });

  it('lists what is wrong with the configuration, and still looks at the rest', async () => {
    const { of, code } = await examined({ server: { prot: 1 } });
    expect(code).toBe(1);
    expect(of('configuration')).toMatchObject([
      { state: 'fail', what: expect.stringContaining('server.prot') },
    ]);
    expect(of('admin key file')).toMatchObject([{ state: 'ok' }]);
  });

  it('asks for a configuration where none is named', async () => {
    const { code, out } = await ran(['doctor', '--admin-key-file', adminKeyFile], {
      env: { ROPEWAY_ADMIN_URL: gone.url },
    });
    expect([code, out]).toEqual([0, expect.stringMatching(/^warn {2}configuration: none is named/m)]);
  });

  it('says once that there is no admin key, and does not ask the admin API without one', async () => {
    const missing = join(folder, 'none', 'admin-key');
    const { code, out } = await ran(['doctor', '--admin-key-file', missing], {
      env: { ROPEWAY_ADMIN_URL: gone.url },
    });
    expect([code, out.match(/^warn {2}admin .*/gm)]).toEqual([0, [expect.stringMatching(/key file/)]]);
  });

  it('looks for no file of a key that is in the environment', async () => {
    const env = { ROPEWAY_ADMIN_URL: gone.url, ROPEWAY_ADMIN_KEY: 'rwa_0123456789' };
    expect((await ran(['doctor'], { env })).out).not.toContain('admin key file');
  });

  it('ends with 0 when only warnings are left, and reads in 80 columns', async () => {
    const file = join(folder, 'ropeway.yaml');
    writeFileSync(file, JSON.stringify(settingsOf([good.url])));
    const { code, out } = await ran(['doctor', '--config', file, '--admin-key-file', adminKeyFile], {
      env: { ROPEWAY_PEPPER: PEPPER, ROPEWAY_ADMIN_URL: gone.url },
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^warn {2}admin API: nobody listens/m);
    expect(out).toMatch(/0 failed, \d to look at, \d right$/);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

function embeddedFolder(options: DatabaseOptions): string {
  return options.kind === 'embedded' ? options.folder : '';
}
