// `ropeway migrate` killed in the middle of a step, on a database that gateways of the release before work with.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { migrate, openDatabase } from '#database';
import { DatabaseRegistry } from '#tenancy';
import { startVllmSim, type VllmSim } from '#vllm-sim';
import { MIGRATION_STEPS } from '../../libs/database/src/migration-steps.ts';
import { GuardedProcess } from '../servers/guarded-process.ts';
import { newTestDatabase, type TestDatabase } from '../servers/shared-servers.ts';
import { type RunningGateway, startGatewayProcess } from '../servers/start-gateway-process.ts';
import { chat } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { PEPPER } from './harness/keys.ts';
import { ACTOR, done, idOf } from './harness/state-under-test.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'src', 'main.js');
const DEADLINE_MS = 60_000;
const TENANTS = 20_000;
const MANY_ROWS = `
  SET session_replication_role = replica;
  INSERT INTO tenant (id, display_name) SELECT 'many-' || n, 'n' FROM generate_series(1, ${TENANTS}) n;
  INSERT INTO api_key (id, tenant, lineage, environment, digest, pepper_version)
  SELECT lpad(n::text, 12, '0'), 'many-' || n, lpad(n::text, 12, '0'), 'live', decode(repeat('00', 32), 'hex'), 1
  FROM generate_series(1, ${TENANTS}) n;`;

const folder = mkdtempSync(join(tmpdir(), 'ropeway-migrate-'));
let worker: VllmSim;
let own: TestDatabase;
let gateway: RunningGateway;
let admin: pg.Client;
const programs: GuardedProcess[] = [];
beforeAll(async () => {
  worker = await startVllmSim({ servedNames: ['QwQ-32B'], windowTokens: 4_096, engine: { stepMs: 1 } });
  own = await newTestDatabase();
  admin = new pg.Client({ connectionString: own.url });
  await admin.connect();
});
afterAll(async () => {
  for (const program of programs) program.signal('SIGKILL');
  await gateway?.stop();
  await admin?.end();
  await own?.drop();
  await worker?.close();
  rmSync(folder, { recursive: true, force: true });
});

function startGateway(): Promise<RunningGateway> {
  const pool = { name: 'default', model: 'qwq-32b', rope: { type: 'default' }, windowTokens: 4_096 };
  return startGatewayProcess({
    settings: {
      workers: { compareCounts: false, warmUpMs: 0 },
      models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B' }],
      pools: [{ ...pool, workers: [worker.url] }],
      keys: [],
      database: { url: own.url },
    },
  });
}

function ropewayMigrate(): GuardedProcess {
  const env = { ROPEWAY_DATABASE_URL: own.url };
  const program = new GuardedProcess({ file: process.execPath, args: [CLI, 'migrate'], env, folder });
  programs.push(program);
  return program;
}

async function ask(key: string): Promise<number> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(chat('Hello', { max_tokens: 4 })),
  });
  await answer.text();
  return answer.status;
}

/** Sessions that are changing the triggers of keys and wait for whoever reads them. */
async function stepsWaiting(): Promise<number> {
  const { rows } = await admin.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
    AND wait_event_type = 'Lock' AND query LIKE '%TRIGGER%ON api_key%' AND pid <> pg_backend_pid()`);
  return rows.length;
}

/** How far a step came: its version, its function, and the triggers of the tables before the one it stopped at. */
async function schema(): Promise<unknown> {
  const { rows } = await admin.query(`SELECT (SELECT max(version) FROM schema_info) AS version,
    to_regproc('ropeway_tell_changes') IS NOT NULL AS tells,
    (SELECT array_agg(tgname::text ORDER BY tgname) FROM pg_trigger WHERE tgrelid = 'plan'::regclass AND NOT tgisinternal) AS triggers`);
  return rows[0];
}

it('leaves nothing of the step, keeps gateways their keys, and comes right when it is run again', async () => {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const times = { maxConnections: 2, connectTimeoutMs: 5_000, statementTimeoutMs: 30_000 };
  const database = await openDatabase({ kind: 'postgres', url: own.url, ...times }, { signal });
  const registry = new DatabaseRegistry({ database, pepper: { version: 1, secret: PEPPER } });
  await migrate(database, { signal, steps: MIGRATION_STEPS.slice(0, 1) });
  await admin.query(MANY_ROWS);
  await admin.query('SET session_replication_role = DEFAULT');
  done(await registry.createTenant(ACTOR, 'acme', {}));
  const { text: key } = done(await registry.createKey(ACTOR, 'acme', {}));
  // A gateway of the release before, which takes step 1 for enough: what it asks of the tables is the same.
  await admin.query('INSERT INTO schema_info (version, min_app_version) VALUES (2, 1)');
  gateway = await startGateway();
  await admin.query('DELETE FROM schema_info WHERE version = 2');
  const before = await schema();
  expect([await ask(key), before]).toEqual([200, expect.objectContaining({ version: 1, tells: false })]);

  const reader = new pg.Client({ connectionString: own.url });
  await reader.connect();
  await reader.query('BEGIN; SELECT 1 FROM api_key LIMIT 1');
  const killed = ropewayMigrate();
  await eventually('the step is half done', async () => (await stepsWaiting()) === 1, DEADLINE_MS);
  killed.signal('SIGKILL');
  expect(await killed.exited).toBe('SIGKILL');
  expect(await ask(key)).toBe(200);

  // Begins while the session of the killed one is still there.
  const again = ropewayMigrate();
  await eventually('that session is gone', async () => (await stepsWaiting()) === 0, DEADLINE_MS);
  expect([await ask(key), await schema()]).toEqual([200, before]);
  await reader.query('COMMIT');
  await reader.end();
  const [code, out, err] = await Promise.all([again.exited, text(again.stdout), text(again.stderr)]);
  expect([code, out, err]).toEqual([
    0,
    expect.stringMatching(/^schema 2: .*\n.* has schema 2: up to date\n$/),
    // Whoever waits for longer than two seconds says so.
    expect.stringMatching(/^(changing the tables of .*\n)*$/),
  ]);
  expect(await schema()).toEqual({
    version: 2,
    tells: true,
    triggers: ['begin_change', 'note_delete', 'note_insert', 'note_update'],
  });

  expect(await ask(key)).toBe(200);
  done(await registry.revokeKey(ACTOR, idOf(key)));
  await eventually('the gateway hears of what is revoked', async () => (await ask(key)) === 401, DEADLINE_MS);
  await database.close();
}, 180_000);
