// What it costs to know who asks: warm (in memory, proven before) at most 10 us, cold (one query to a PostgreSQL on this machine)
// at most 1 ms at the median; and how soon a revocation is known: at most 1 s at p99.
// Run: node test/bench/key-check.bench.ts [keys]
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Database, migrate, openDatabase } from '#database';
import { DatabaseKeys, type KeyDeclaration, KeyRing, KeyStores, keyDigest } from '#tenancy';
import { KeyDesk, newTestKey, PEPPERS, type TestKey } from '../../libs/tenancy/testing/key-desk.ts';
import { startPostgres } from '../servers/start-postgres.ts';

const KEYS = Number(process.argv[2] ?? 1_000);
const DECLARED = 20;
const TURNS = 400;
const CHECKS_A_TURN = 500;
const REVOKED = 100;
const WARM_UP = 100;
const ADDRESS = '192.0.2.1';

const server = await startPostgres();
try {
  const result = await measure(server.url);
  console.table(result);
  console.log(JSON.stringify(result));
  const isWithinBounds =
    result.warm_us <= 10 &&
    result.declared_us <= 10 &&
    result.cold_p50_ms <= 1 &&
    result.revoked_p99_ms <= 1_000;
  if (!isWithinBounds) process.exitCode = 1;
} finally {
  await server.stop();
}

async function measure(url: string) {
  const database = await open(url);
  await migrate(database, { signal: AbortSignal.timeout(30_000) });
  const desk = new KeyDesk(database);
  const tenant = await desk.newTenant();
  const keys: TestKey[] = [];
  for (let made = 0; made < KEYS; made++) keys.push(await desk.newKey({ tenant }));
  const declared = Array.from({ length: DECLARED }, () => newTestKey());
  const ring = new KeyRing(declared.map(declaration), PEPPERS);
  const databaseKeys = new DatabaseKeys({ database }, { peppers: PEPPERS });
  await databaseKeys.start();
  const stores = new KeyStores({ own: [ring], last: databaseKeys, environments: ['live', 'test'] });
  try {
    const cold = await timeCold(stores, keys);
    const unknown = await timeCold(
      stores,
      Array.from({ length: 200 }, () => newTestKey()),
    );
    const junk = keys.map(({ header }) => header.slice(0, -1) + (header.endsWith('0') ? '1' : '0'));
    return {
      warm_us: await timeWarm(
        stores,
        keys.map(({ header }) => header),
      ),
      declared_us: await timeWarm(
        stores,
        declared.map(({ header }) => header),
      ),
      wrong_secret_us: await timeWarm(
        stores,
        keys.map(({ wrongHeader }) => wrongHeader),
      ),
      junk_us: await timeWarm(stores, junk),
      cold_p50_ms: quantile(cold, 0.5),
      cold_p99_ms: quantile(cold, 0.99),
      unknown_p50_ms: quantile(unknown, 0.5),
      ...(await timeRevocations(databaseKeys, desk, keys.slice(0, REVOKED))),
    };
  } finally {
    await databaseKeys.close();
    await database.close();
  }
}

function open(url: string): Promise<Database> {
  const terms = { maxConnections: 6, connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };
  return openDatabase({ kind: 'postgres', url, ...terms }, { signal: AbortSignal.timeout(30_000) });
}

function declaration({ id, token }: TestKey): KeyDeclaration {
  const digest = keyDigest(PEPPERS.get(1) ?? '', token.secret).toString('hex');
  const rights = { requestsPerMinute: null, allowedFields: [], models: null, expiresAt: null };
  return { id, digest, pepperVersion: 1, tenant: 'declared', ...rights };
}

/** One after the other, each for the first time; in ms. The first ones open connections and compile. */
async function timeCold(stores: KeyStores, keys: readonly TestKey[]): Promise<number[]> {
  const tookMs: number[] = [];
  for (const { header } of keys) {
    const startMs = performance.now();
    await stores.identify(header, ADDRESS, Date.now());
    tookMs.push(performance.now() - startMs);
  }
  return tookMs.slice(Math.min(WARM_UP, keys.length >> 1));
}

/** Median of a check in us; the loop turns in between, as it does in a server. */
async function timeWarm(stores: KeyStores, headers: readonly string[]): Promise<number> {
  const turnsUs: number[] = [];
  let next = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    const nowMs = Date.now();
    const startMs = performance.now();
    for (let check = 0; check < CHECKS_A_TURN; check++) {
      stores.identify(headers[next++ % headers.length], ADDRESS, nowMs);
    }
    turnsUs.push(((performance.now() - startMs) * 1_000) / CHECKS_A_TURN);
    await nextTurn();
  }
  return quantile(turnsUs, 0.5);
}

/** From the end of the statement that revokes to the gateway that cuts the key's answers; in ms. */
async function timeRevocations(databaseKeys: DatabaseKeys, desk: KeyDesk, keys: readonly TestKey[]) {
  const toldMs = new Map<string, (atMs: number) => void>();
  databaseKeys.onRevoked(({ keyIds }) => {
    for (const id of keyIds) toldMs.get(id)?.(performance.now());
  });
  const tookMs: number[] = [];
  for (const { id } of keys) {
    const told = new Promise<number>((resolve) => toldMs.set(id, resolve));
    await desk.revoke(id);
    const startMs = performance.now();
    tookMs.push(Math.max(0, (await told) - startMs));
  }
  return { revoked_p50_ms: quantile(tookMs, 0.5), revoked_p99_ms: quantile(tookMs, 0.99) };
}

function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0;
  return Math.round(value * 100) / 100;
}
