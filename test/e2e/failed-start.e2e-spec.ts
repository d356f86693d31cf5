// A start that fails: one line, exit code 1, and nothing left of what it had opened, so that the next one works.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate, openDatabase } from '#database';
import { startVllmSim, type VllmSim } from '#vllm-sim';
import { GATEWAY_FLAGS } from '../../scripts/gateway-flags.mjs';
import { runStatement } from '../servers/create-database.ts';
import { freePort } from '../servers/free-port.ts';
import { GuardedProcess } from '../servers/guarded-process.ts';
import { migrateDatabase, newMigratedDatabase } from '../servers/migrated-database.ts';
import { type TestDatabase, testRedisUrl, uniquePrefix } from '../servers/shared-servers.ts';
import { startPostgres } from '../servers/start-postgres.ts';
import { eventually } from './harness/eventually.ts';
import { build } from './harness/gateway-process.ts';
import { PEPPER } from './harness/keys.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** On a crowded machine; a quiet one takes 3 s. */
const END_MS = 60_000;
/**
 * The programs end themselves once they have said why, whatever is open. Here that only sets the exit code: they have to end
 * because nothing is left that keeps a process. What is, after a while, is told in place of it.
 */
const ENDS_BY_ITSELF = `data:text/javascript,${encodeURIComponent(`
  const exit = process.exit;
  process.exit = (code) => {
    process.exitCode = code;
    setTimeout(() => {
      process.stderr.write('still open: ' + process.getActiveResourcesInfo().join(' ') + '\\n');
      exit(70);
    }, 10_000).unref();
  };
`)}`;

const WRONG = 'a-wrong-password';
/** Whoever is not the owner says a password. */
const ASK_PASSWORDS = `
  CREATE ROLE guest LOGIN PASSWORD 'another';
  DO $$ BEGIN
    EXECUTE format('COPY (VALUES (%L), (%L)) TO %L', 'host all ropeway 127.0.0.1/32 trust',
      'host all all 127.0.0.1/32 scram-sha-256', current_setting('hba_file'));
  END $$;
  SELECT pg_reload_conf();`;

type App = 'gateway' | 'control' | 'standalone';
/** Ports that a start takes: its own, none of which anything listens on. */
type Ports = Readonly<Record<'server' | 'ops' | 'control', number>>;

let folder: string;
let ports: Ports;
let worker: VllmSim;
let database: TestDatabase;
const running: GuardedProcess[] = [];
const holders: Server[] = [];

beforeAll(async () => {
  build();
  worker = await startVllmSim({ servedNames: ['QwQ-32B'], windowTokens: 4_096, engine: { stepMs: 1 } });
  database = await newMigratedDatabase();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ropeway-start-'));
  ports = { server: await freePort(), ops: await freePort(), control: await freePort() };
});
afterEach(async () => {
  for (const program of running.splice(0)) {
    program.signal('SIGKILL');
    await program.exited;
  }
  await free();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(async () => {
  await worker?.close();
  await database?.drop();
});

async function settings(more: object): Promise<object> {
  const pool = { name: 'default', model: 'qwq-32b', rope: { type: 'default' }, windowTokens: 4_096 };
  return {
    workers: { compareCounts: false },
    models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B' }],
    pools: [{ ...pool, workers: [worker.url] }],
    keys: [],
    peppers: [{ version: 1, env: 'ROPEWAY_PEPPER' }],
    server: { host: '127.0.0.1', leaveMs: 0 },
    database: { url: database.url },
    redis: { urls: [await testRedisUrl()], keyPrefix: `${uniquePrefix()}:` },
    ledger: { outbox: join(folder, 'outbox') },
    control: { adminKeyFile: join(folder, 'admin-key') },
    tracing: { url: 'http://127.0.0.1:9' },
    ...more,
  };
}

async function start(app: App, more: object = {}): Promise<GuardedProcess> {
  const file = join(folder, 'ropeway.yaml');
  writeFileSync(file, JSON.stringify(await settings(more)));
  const main = join(ROOT, 'dist', 'apps', app, 'src', 'main.js');
  const where = app === 'standalone' ? ['--state', folder] : ['--config', file];
  const program = new GuardedProcess({
    file: process.execPath,
    args: [...GATEWAY_FLAGS, '--import', ENDS_BY_ITSELF, main, ...where],
    env: {
      ROPEWAY_PEPPER: PEPPER,
      REDIS_PASSWORD: WRONG,
      ROPEWAY_SERVER_PORT: `${ports.server}`,
      ROPEWAY_OPS_PORT: `${ports.ops}`,
      ROPEWAY_CONTROL_PORT: `${ports.control}`,
    },
    folder: mkdtempSync(join(folder, 'cwd-')),
  });
  running.push(program);
  return program;
}

async function ended(program: GuardedProcess) {
  const [code, out, err] = await Promise.all([program.exited, text(program.stdout), text(program.stderr)]);
  return { code, out, err };
}

async function take(port: number): Promise<void> {
  const holder = createServer();
  holders.push(holder);
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
}

async function free(): Promise<void> {
  for (const holder of holders.splice(0)) await new Promise((resolve) => holder.close(resolve));
}

/** As a step of a later release leaves it, and back. */
const setMinAppVersion = (version: number) =>
  runStatement(database.url, `UPDATE schema_info SET min_app_version = ${version}`);
/** The same in the embedded database of `npm run up`. */
async function setEmbedded(version: number): Promise<void> {
  const signal = AbortSignal.timeout(END_MS);
  const embedded = await openDatabase({ kind: 'embedded', folder: join(folder, 'db') }, { signal });
  try {
    await migrate(embedded, { signal });
    await embedded.sql.updateTable('schema_info').set({ min_app_version: version }).execute();
  } finally {
    await embedded.close();
  }
}

interface Failing {
  readonly app: App;
  readonly why: string;
  readonly says: RegExp;
  readonly spoil: () => unknown;
  readonly mend: () => unknown;
}

const inUse = (app: App, port: keyof Ports): Failing => ({
  app,
  why: `the port of ${port} is in use`,
  says: /^ropeway: port \d+ on .* is in use: stop what listens there/,
  spoil: () => take(ports[port]),
  mend: free,
});
const tooNew = (app: App, set: (version: number) => Promise<void>): Failing => ({
  app,
  why: 'the schema is too new',
  says: /^ropeway: the database has schema \d+, .*: upgrade ropeway$/,
  spoil: () => set(99),
  mend: () => set(1),
});
const outbox = () => join(folder, 'outbox');
const adminKey = () => join(folder, 'admin-key');
const FAILING: readonly Failing[] = [
  inUse('gateway', 'server'),
  inUse('gateway', 'ops'),
  tooNew('gateway', setMinAppVersion),
  {
    app: 'gateway',
    why: 'its outbox is no folder',
    says: /^ropeway: .*outbox/,
    spoil: () => writeFileSync(outbox(), ''),
    mend: () => rmSync(outbox()),
  },
  inUse('control', 'control'),
  tooNew('control', setMinAppVersion),
  {
    app: 'control',
    why: 'the file of its keys is a folder',
    says: /^ropeway: .*admin-key/,
    spoil: () => mkdirSync(adminKey()),
    mend: () => rmSync(adminKey(), { recursive: true }),
  },
  inUse('standalone', 'control'),
  tooNew('standalone', setEmbedded),
];

describe('a start that fails says why in one line, ends with 1, leaves nothing open, and the next one works', () => {
  it.each(FAILING.map((failing) => [failing.app, failing.why, failing] as const))(
    '%s: %s',
    async (app, _why, { says, spoil, mend }) => {
      await spoil();
      const { code, err } = await ended(await start(app));
      const lines = err.split('\n').filter((line) => line !== '' && !line.includes('starting three'));
      expect([code, lines]).toEqual([1, [expect.stringMatching(says)]]);
      await mend();
      const again = await start(app);
      await eventually('the next one listens', () => isAlive(ports[LISTENS[app]]), END_MS);
      // The demo requests of `npm run up` don't end at a signal.
      if (app === 'standalone') return;
      again.signal('SIGTERM');
      expect(await ended(again)).toMatchObject({ code: 0, err: '' });
    },
    3 * END_MS,
  );
});

/** What answers `/livez` once all of it is open. */
const LISTENS = { gateway: 'ops', control: 'control', standalone: 'control' } as const;

async function isAlive(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/livez`)).ok;
  } catch {
    return false;
  }
}

describe('a start whose password is refused counts the server as away, shows no password, and ends at a signal', () => {
  it.each(['gateway', 'control'] as const)('%s, by PostgreSQL', async (app) => {
    const postgres = await startPostgres();
    try {
      await migrateDatabase(postgres.url);
      await runStatement(postgres.url, ASK_PASSWORDS);
      const url = new URL(postgres.url);
      Object.assign(url, { username: 'guest', password: WRONG });
      const out = await toldUntilStopped(app, { database: { url: url.href } });
      expect(out).toMatch(/password authentication failed for user .*the database is away/);
    } finally {
      await postgres.stop();
    }
  });

  it.each(['gateway', 'control'] as const)('%s, by Redis', async (app) => {
    // A user it does not know has no right password.
    const terms = { username: 'nobody', passwordEnv: 'REDIS_PASSWORD', keyPrefix: `${uniquePrefix()}:` };
    await toldUntilStopped(app, { redis: { urls: [await testRedisUrl()], ...terms } });
  });
});

/** What it logged from its start to its end, which a signal brings about as soon as it listens. */
async function toldUntilStopped(app: 'gateway' | 'control', more: object): Promise<string> {
  const program = await start(app, more);
  const result = ended(program);
  await eventually('it listens', () => isAlive(ports[LISTENS[app]]), END_MS);
  program.signal('SIGTERM');
  const { code, out, err } = await result;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).not.toContain(WRONG);
  return out;
}
