// Keys while the database, or the way to it, fails: a PostgreSQL of this file's own, seen through a bad network.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type KyselyPlugin, sql } from 'kysely';
import { type Database, migrate, openDatabase } from '#database';
import { type FaultyProxy, startFaultyProxy } from '../../../test/servers/start-faulty-proxy.ts';
import { startPostgres, type TestPostgres } from '../../../test/servers/start-postgres.ts';
import { KeyDesk, newTestKey, PEPPERS } from '../testing/key-desk.ts';
import { until } from '../testing/until.ts';
import { DatabaseKeys } from './database-keys.ts';
import type { DatabaseKeysOptions, DatabaseKeysPorts } from './database-keys-options.ts';
import { FRESH_MS } from './freshness.ts';
import type { KeysEvent } from './keys-event.ts';

const HOUR_MS = 3_600_000;
/** No look in a whole test: what is learnt then is pushed. */
const NEVER_MS = 600_000;

let server: TestPostgres;
let direct: Database;
let proxy: FaultyProxy;
let proxied: Database;
let desk: KeyDesk;
let folder: string;
const opened: DatabaseKeys[] = [];
const databases: Database[] = [];
/** Added to both clocks: hours pass in no time. */
let skewMs = 0;

beforeAll(async () => {
  server = await startPostgres();
  direct = await open(server.url);
  await migrate(direct, { signal: AbortSignal.timeout(30_000) });
  desk = new KeyDesk(direct);
});
afterAll(async () => {
  await direct.close();
  await server.stop();
});
beforeEach(async () => {
  skewMs = 0;
  folder = mkdtempSync(join(tmpdir(), 'ropeway-keys-'));
  proxy = await startFaultyProxy(server.url);
  proxied = await open(proxy.url);
  databases.push(proxied);
});
afterEach(async () => {
  await proxy.set('pass');
  await Promise.all(opened.splice(0).map((keys) => keys.close()));
  await Promise.all(databases.splice(0).map((database) => database.close()));
  await proxy.stop();
  rmSync(folder, { recursive: true });
});

function open(url: string): Promise<Database> {
  const terms = { maxConnections: 6, connectTimeoutMs: 2_000, statementTimeoutMs: 3_000 };
  return openDatabase({ kind: 'postgres', url, ...terms }, { signal: AbortSignal.timeout(30_000) });
}

async function start(
  ports: Partial<DatabaseKeysPorts> = {},
  options: Partial<DatabaseKeysOptions> = {},
): Promise<DatabaseKeys> {
  const clocks = { nowMs: () => performance.now() + skewMs, wallMs: () => Date.now() + skewMs };
  const keys = new DatabaseKeys({ database: proxied, ...clocks, ...ports }, { peppers: PEPPERS, ...options });
  opened.push(keys);
  await keys.start();
  return keys;
}

async function codeOf(keys: DatabaseKeys, { header }: { readonly header: string }): Promise<string> {
  const identified = await keys.identify(header, '192.0.2.1', Date.now() + skewMs);
  return identified.known ? 'known' : identified.code;
}

function revokedTo(keys: DatabaseKeys): Set<string> {
  const told = new Set<string>();
  keys.onRevoked(({ keyIds }) => {
    for (const id of keyIds) told.add(id);
  });
  return told;
}

describe('a revocation', () => {
  it('reaches every gateway by push alone', async () => {
    const second = await open(server.url);
    databases.push(second);
    const key = await desk.newKey();
    const gateways = [
      await start({}, { pollMs: NEVER_MS }),
      await start({ database: second }, { pollMs: NEVER_MS }),
    ];
    const told = gateways.map(revokedTo);
    for (const keys of gateways) expect(await codeOf(keys, key)).toBe('known');
    // Both listen once the server says so.
    await until(async () => (await listeners()) === 2);
    await desk.revoke(key.id);
    await until(() => told.every((ids) => ids.has(key.id)));
    for (const keys of gateways) expect(await codeOf(keys, key)).toBe('key_revoked');
  });

  it('reaches a gateway by the poll alone when the push is lost in silence', async () => {
    const key = await desk.newKey();
    const database: Database = {
      ...direct,
      kind: direct.kind,
      sql: direct.sql,
      listen: (...asked) => proxied.listen(...asked),
      close: () => Promise.resolve(),
    };
    const keys = await start({ database });
    const told = revokedTo(keys);
    await until(async () => (await listeners()) === 1);
    await proxy.set('blackhole');
    expect(await codeOf(keys, key)).toBe('known');
    await desk.revoke(key.id);
    await until(() => told.has(key.id));
    expect(await codeOf(keys, key)).toBe('key_revoked');
  });

  it('is not lost to a look-up that began before it and ends after it', async () => {
    const key = await desk.newKey();
    const gate = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    let isHeld = true;
    const holdFirst: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        if (isHeld && result.rows.some((row) => row.id === key.id && 'digest' in row)) {
          isHeld = false;
          read.resolve();
          await gate.promise;
        }
        return result;
      },
    };
    const database: Database = {
      kind: direct.kind,
      sql: direct.sql.withPlugin(holdFirst),
      listen: (...asked) => direct.listen(...asked),
      close: () => Promise.resolve(),
    };
    const keys = await start({ database }, { lookupTimeoutMs: 60_000 });
    const told = revokedTo(keys);
    const before = codeOf(keys, key);
    await read.promise;
    await desk.revoke(key.id);
    await until(() => told.has(key.id));
    gate.resolve();
    // What it read was of before: nobody would tell of the revocation a second time.
    expect(await before).toBe('key_revoked');
    expect(await codeOf(keys, key)).toBe('key_revoked');
  });

  it('is found after the gateway was cut off for longer than changes are kept', async () => {
    const [key, gone] = [await desk.newKey(), await desk.newKey()];
    const keys = await start();
    const told = revokedTo(keys);
    for (const known of [key, gone]) expect(await codeOf(keys, known)).toBe('known');
    await proxy.set('refuse');
    await desk.revoke(key.id);
    await direct.sql.deleteFrom('api_key').where('id', '=', gone.id).execute();
    await direct.sql.deleteFrom('change').execute();
    skewMs += HOUR_MS;
    await proxy.set('pass');
    await until(() => told.has(key.id) && told.has(gone.id));
    expect(await codeOf(keys, key)).toBe('key_revoked');
    expect(await codeOf(keys, gone)).toBe('invalid_api_key');
  });

  it('is found in a database that was restored to an older state', async () => {
    const key = await desk.newKey();
    const keys = await start();
    const told = revokedTo(keys);
    expect(await codeOf(keys, key)).toBe('known');
    await direct.sql.transaction().execute(async (trx) => {
      await sql`SET LOCAL session_replication_role = replica`.execute(trx);
      await trx.updateTable('api_key').set({ revoked_at: new Date() }).where('id', '=', key.id).execute();
      await trx.deleteFrom('change').execute();
      await sql`INSERT INTO change (epoch, kind, id) OVERRIDING SYSTEM VALUE VALUES (0, 'key', 'other')`.execute(
        trx,
      );
    });
    await until(() => told.has(key.id));
    expect(await codeOf(keys, key)).toBe('key_revoked');
  });
});

describe.each(['blackhole', 'refuse'] as const)('a database behind a network that says %s', (mode) => {
  it('leaves known keys to go on, refuses strict tenants once stale, and says 503 of unknown keys', async () => {
    const key = await desk.newKey();
    const strict = await desk.newKey({ tenant: await desk.newTenant({ is_strict: true }) });
    const cold = await desk.newKey();
    const events: KeysEvent[] = [];
    const keys = await start({ tell: (event) => events.push(event) }, { lookupTimeoutMs: 200 });
    for (const known of [key, strict]) expect(await codeOf(keys, known)).toBe('known');
    await proxy.set(mode);
    expect(await codeOf(keys, cold)).toBe('keys_unavailable');
    expect(await codeOf(keys, newTestKey())).toBe('keys_unavailable');
    expect(await codeOf(keys, strict)).toBe('known');
    expect(keys.stats()).toMatchObject({ isDatabaseAway: false, servedOffline: 0 });

    skewMs += FRESH_MS + 5_000;
    expect(await codeOf(keys, key)).toBe('known');
    expect(await codeOf(keys, strict)).toBe('keys_unavailable');
    expect(await codeOf(keys, cold)).toBe('keys_unavailable');
    expect(await codeOf(keys, { header: key.wrongHeader })).toBe('invalid_api_key');
    expect(keys.stats()).toMatchObject({ isDatabaseAway: true, servedOffline: 1 });
    await until(() => events.some(({ kind }) => kind === 'database-away'));

    await desk.revoke(key.id);
    await proxy.set('pass');
    await until(async () => (await codeOf(keys, key)) === 'key_revoked');
    await until(async () => (await codeOf(keys, strict)) === 'known');
    await until(async () => (await codeOf(keys, cold)) === 'known');
    expect(events.filter(({ kind }) => kind === 'database-away')).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === 'database-back')).toHaveLength(1);
  });

  it('does not keep the gateway from closing', async () => {
    const key = await desk.newKey();
    const keys = await start();
    expect(await codeOf(keys, key)).toBe('known');
    await proxy.set(mode);
    // A use that is still to be written, and a look under way.
    await until(() => keys.stats().ageMs > 1_200);
    await keys.close();
    expect(keys.stats().entries).toBe(1);
  });

  it('stops known keys too when it lasts longer than the hours they were given', async () => {
    const key = await desk.newKey();
    const keys = await start({}, { offlineHours: 12 });
    expect(await codeOf(keys, key)).toBe('known');
    await proxy.set(mode);
    skewMs += 12 * HOUR_MS - 60_000;
    expect(await codeOf(keys, key)).toBe('known');
    skewMs += 60_001;
    expect(await codeOf(keys, key)).toBe('keys_unavailable');
    await proxy.set('pass');
    await until(async () => (await codeOf(keys, key)) === 'known');
  });
});

describe('a database that is killed', () => {
  it('leaves known keys to go on, and is used again when it is back', async () => {
    const [key, cold] = [await desk.newKey(), await desk.newKey()];
    const keys = await start();
    expect(await codeOf(keys, key)).toBe('known');
    await server.kill9();
    expect(await codeOf(keys, key)).toBe('known');
    expect(await codeOf(keys, cold)).toBe('keys_unavailable');
    await server.restart();
    await until(async () => (await codeOf(keys, cold)) === 'known');
    const told = revokedTo(keys);
    await desk.revoke(key.id);
    await until(() => told.has(key.id));
  });
});

describe('what is written about keys', () => {
  it('does not wait for a key that somebody else is writing', async () => {
    const [free, held] = [await desk.newKey(), await desk.newKey()];
    const keys = await start();
    for (const key of [free, held]) expect(await codeOf(keys, key)).toBe('known');
    await direct.sql.transaction().execute(async (trx) => {
      await trx.selectFrom('api_key').select('id').where('id', '=', held.id).forUpdate().execute();
      await keys.close();
    });
    expect((await desk.keyRow(free.id)).last_used_at).not.toBeNull();
    expect((await desk.keyRow(held.id)).last_used_at).toBeNull();
  });
});

describe('the snapshot', () => {
  it('lets a gateway that starts without the database know what the last one knew', async () => {
    const snapshotFile = join(folder, 'made', 'keys.json');
    const key = await desk.newKey();
    const strict = await desk.newKey({ tenant: await desk.newTenant({ is_strict: true }) });
    const first = await start({}, { snapshotFile });
    for (const known of [key, strict]) expect(await codeOf(first, known)).toBe('known');
    await first.close();
    await proxy.set('refuse');
    skewMs += HOUR_MS;
    const events: KeysEvent[] = [];
    const second = await start({ tell: (event) => events.push(event) }, { snapshotFile });
    expect(await codeOf(second, key)).toBe('known');
    expect(await codeOf(second, { header: key.wrongHeader })).toBe('invalid_api_key');
    expect(await codeOf(second, strict)).toBe('keys_unavailable');
    expect(await codeOf(second, newTestKey())).toBe('keys_unavailable');
    expect(second.stats()).toMatchObject({ entries: 2, isDatabaseAway: true });
    expect(events.map(({ kind }) => kind)).toContain('snapshot-read');
    skewMs += 12 * HOUR_MS;
    expect(await codeOf(second, key)).toBe('keys_unavailable');
    await second.close();
    const third = await start({}, { snapshotFile });
    expect(await codeOf(third, key)).toBe('keys_unavailable');
  });

  it('is on disk soon after a key was used first, and holds neither the key nor its secret', async () => {
    const snapshotFile = join(folder, 'keys.json');
    const key = await desk.newKey();
    const keys = await start({}, { snapshotFile });
    expect(await codeOf(keys, key)).toBe('known');
    const text = () => readFileSync(snapshotFile, { encoding: 'utf8', flag: 'a+' });
    await until(() => text().includes(key.id));
    expect(text()).not.toContain(key.token.secret);
  });

  it('does not bring back a key that was revoked while no gateway ran', async () => {
    const snapshotFile = join(folder, 'keys.json');
    const key = await desk.newKey();
    const first = await start({}, { snapshotFile });
    expect(await codeOf(first, key)).toBe('known');
    await first.close();
    await desk.revoke(key.id);
    const second = await start({}, { snapshotFile });
    expect(await codeOf(second, key)).toBe('key_revoked');
  });

  it('is not believed when it was written under a pepper that is gone, and the gateway starts all the same', async () => {
    const snapshotFile = join(folder, 'keys.json');
    const key = await desk.newKey();
    const first = await start({}, { snapshotFile });
    expect(await codeOf(first, key)).toBe('known');
    await first.close();
    await proxy.set('refuse');
    const events: KeysEvent[] = [];
    const peppers = new Map([[7, 'another pepper of these tests, 32 bytes or more']]);
    const second = await start({ tell: (event) => events.push(event) }, { snapshotFile, peppers });
    expect(await codeOf(second, key)).toBe('keys_unavailable');
    expect(events.map(({ kind }) => kind)).toContain('snapshot-refused');
  });
});

/** Connections that wait for changes. */
async function listeners(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ropeway-listen' AND query ILIKE 'listen%'
  `.execute(direct.sql);
  return rows[0]?.count ?? 0;
}
