// A database of another release: a gateway does not start on it, and one that started while the database was away leaves it alone
// once it is there, says the command that mends it, and goes on by itself once it was run.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startVllmSim, type VllmSim } from '#vllm-sim';
import { MIGRATION_STEPS } from '../../libs/database/src/migration-steps.ts';
import { runStatement } from '../servers/create-database.ts';
import { migrateDatabase } from '../servers/migrated-database.ts';
import { newTestDatabase, type TestDatabase } from '../servers/shared-servers.ts';
import { type FaultyProxy, startFaultyProxy } from '../servers/start-faulty-proxy.ts';
import { type RunningGateway, startGatewayProcess } from '../servers/start-gateway-process.ts';
import { chat } from './harness/ask.ts';
import { eventually } from './harness/eventually.ts';
import { makeKey } from './harness/keys.ts';

const DEADLINE_MS = 60_000;
/** Of silence, from which keys are served as last known (libs/tenancy freshness.ts). */
const AWAY_SECONDS = 15;
const NO_SCHEMA = /^the database holds no schema yet, this Ropeway needs \d+: run `ropeway migrate`$/;
const TOO_NEW = /^the database has schema \d+, which .* must not use: upgrade ropeway$/;
const key = makeKey({ tenant: 'acme' });

let worker: VllmSim;
let empty: TestDatabase;
let network: FaultyProxy;
let gateway: RunningGateway | null = null;
beforeAll(async () => {
  worker = await startVllmSim({ servedNames: ['QwQ-32B'], windowTokens: 4_096, engine: { stepMs: 1 } });
});
beforeEach(async () => {
  empty = await newTestDatabase();
  network = await startFaultyProxy(empty.url);
});
afterEach(async () => {
  await gateway?.stop();
  gateway = null;
  await network.stop();
  await empty.drop();
});
afterAll(() => worker?.close());

function start({ keys = [key.declaration], waitsUntilReady = true } = {}): Promise<RunningGateway> {
  const pool = { rope: { type: 'default' }, windowTokens: 4_096, workers: [worker.url] };
  return startGatewayProcess({
    waitsUntilReady,
    settings: {
      workers: { compareCounts: false, warmUpMs: 0 },
      models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B' }],
      pools: [{ name: 'default', model: 'qwq-32b', ...pool }],
      keys,
      database: { url: network.url, connectTimeoutMs: 1_000, statementTimeoutMs: 5_000 },
    },
  });
}

/** As the step of a later release leaves it, which this one must not work with. */
const makeTooNew = () => runStatement(empty.url, 'UPDATE schema_info SET min_app_version = 99');
const makeFit = () => runStatement(empty.url, 'UPDATE schema_info SET min_app_version = 1');

async function readiness(of: RunningGateway): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${of.opsUrl}/readyz`);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** Answered while the database is away: its row waits in the outbox. */
async function askOnce(of: RunningGateway): Promise<void> {
  const answer = await fetch(`${of.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.text}`, 'content-type': 'application/json' },
    body: JSON.stringify(chat('Hello', { max_tokens: 4 })),
  });
  await answer.text();
  expect(answer.status).toBe(200);
}

const waiting = async (of: RunningGateway) => (await of.metrics()).sum('ropeway_ledger_waiting_rows');

describe('a gateway that starts', () => {
  it('refuses a database without a schema, with the command that makes one', async () => {
    await expect(start()).rejects.toThrow(/needs \d+: run `ropeway migrate`/);
  });

  it('refuses a database that still has the first schema, with the command that takes it further', async () => {
    await migrateDatabase(empty.url, MIGRATION_STEPS.slice(0, 1));
    await expect(start()).rejects.toThrow(
      'the database has schema 1, this Ropeway needs 2: run `ropeway migrate`',
    );
    await migrateDatabase(empty.url);
    gateway = await start();
  });

  it('refuses a database that a later release took further, and says to upgrade', async () => {
    await migrateDatabase(empty.url);
    await makeTooNew();
    await expect(start()).rejects.toThrow('must not use: upgrade ropeway');
  });
});

describe('a gateway that started while the database was away', () => {
  const cases = [
    ['holds no schema', async () => {}, NO_SCHEMA, () => migrateDatabase(empty.url)],
    [
      'is too new',
      async () => {
        await migrateDatabase(empty.url);
        await makeTooNew();
      },
      TOO_NEW,
      makeFit,
    ],
  ] as const;

  it.each(cases)(
    'leaves one that %s alone, says so once, and goes on once it is mended',
    async (_, spoil, problem, mend) => {
      await spoil();
      await network.set('refuse');
      const started = await start();
      gateway = started;
      await askOnce(started);
      await network.set('pass');

      await eventually('it is not ready', async () => (await readiness(started)).status === 503, DEADLINE_MS);
      const { body } = await readiness(started);
      expect(body).toMatchObject({
        status: 'database_unusable',
        reason: expect.stringMatching(problem),
      });
      expect(await waiting(started)).toBe(1);
      expect(started.log).not.toContain('does not exist');
      const told = () => started.logged(String(body.reason)).length;
      await eventually('it says so', () => told() > 0, DEADLINE_MS);

      await mend();
      await eventually(
        'it is ready again',
        async () => (await readiness(started)).status === 200,
        DEADLINE_MS,
      );
      await eventually('its row is delivered', async () => (await waiting(started)) === 0, DEADLINE_MS);
      const isBack = () => started.logged('the schema of the database is one of ours').length > 0;
      await eventually('it says that all is well', isBack, DEADLINE_MS);
      expect(told()).toBe(1);
      expect(started.log).not.toContain('does not exist');
    },
    180_000,
  );
});

it('is not ready while it knows no key and the database is away, so that a rollout stops before gateways that know them are gone', async () => {
  await migrateDatabase(empty.url);
  await network.set('refuse');
  const started = await start({ keys: [], waitsUntilReady: false });
  gateway = started;
  const status = async () => (await readiness(started)).body.status;
  await eventually('its workers are looked at', async () => (await status()) !== 'starting', DEADLINE_MS);
  expect(await readiness(started)).toMatchObject({
    status: 503,
    body: { status: 'keys_unread', reason: expect.stringContaining('no key is known') },
  });

  await network.set('pass');
  await eventually('it has read', async () => (await status()) === 'ready', DEADLINE_MS);
  await network.set('refuse');
  await eventually(
    'it knows that the database is away',
    async () => (await started.metrics()).sum('ropeway_keys_age_seconds') > AWAY_SECONDS,
    DEADLINE_MS,
  );
  expect(await status()).toBe('ready');
}, 180_000);
