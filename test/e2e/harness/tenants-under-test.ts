// A gateway whose tenants are in a real PostgreSQL, and whose limits are in a real Redis where a test asks for it. The
// database is the test's own; the registry is the one behind the admin API.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Database, migrate, openDatabase } from '#database';
import { UsageQueries } from '#ledger';
import {
  DatabaseRegistry,
  type KeyInput,
  type PlanInput,
  type Registry,
  type Result,
  type TenantInput,
} from '#tenancy';
import { newTestDatabase, testRedisUrl, uniquePrefix } from '../../servers/shared-servers.ts';
import { type FaultyProxy, startFaultyProxy } from '../../servers/start-faulty-proxy.ts';
import { type FleetTerms, type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';
import { PEPPER } from './keys.ts';

export interface TenantsTerms extends FleetTerms {
  /** Limits in Redis. Default: in memory. */
  readonly redis?: boolean | { readonly url: string };
  /** Rows the outbox holds at most. */
  readonly ledgerRows?: number;
}

export interface TenantsUnderTest extends FleetUnderTest {
  readonly registry: Registry;
  readonly usage: UsageQueries;
  readonly database: Database;
  readonly databaseUrl: string;
  /** Between the gateway and the database; the registry goes past it. */
  readonly network: FaultyProxy;
  /** Where the outbox and the snapshot of keys are. */
  readonly folder: string;
  /** A tenant of its own with a key; gives the key's text. */
  newTenant(id: string, tenant?: TenantInput, key?: KeyInput): Promise<string>;
  /** Names of what the gateway keeps in Redis; none where limits are in memory. */
  redisKeys(): Promise<readonly string[]>;
  /** Closes the gateway and starts another on the same state. */
  restart(): Promise<void>;
}

const ACTOR = 'e2e';

export async function startTenantsUnderTest(terms: TenantsTerms = {}): Promise<TenantsUnderTest> {
  const own = await newTestDatabase();
  const network = await startFaultyProxy(own.url);
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-e2e-'));
  const signal = AbortSignal.timeout(30_000);
  const database = await openDatabase(
    {
      kind: 'postgres',
      url: own.url,
      maxConnections: 4,
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 10_000,
    },
    { signal },
  );
  await migrate(database, { signal });
  const registry = new DatabaseRegistry({ database, pepper: { version: 1, secret: PEPPER } });
  const redis = terms.redis ? await redisSettings(terms.redis) : null;
  const fleetTerms: FleetTerms = {
    ...terms,
    keys: terms.keys ?? {},
    settings: {
      database: { url: network.url, connectTimeoutMs: 1_000 },
      // Two cores may be shared by several test files: a look-up is never late, it is answered or refused.
      auth: { lookupTimeoutMs: 10_000 },
      ledger: { outbox: join(folder, 'outbox'), maxRows: terms.ledgerRows ?? 10_000 },
      redis: redis ?? {},
      ...terms.settings,
    },
  };
  let fleet = await startFleetUnderTest(fleetTerms);
  return {
    // Getters, because a restart brings another gateway.
    get gateway() {
      return fleet.gateway;
    },
    get url() {
      return fleet.url;
    },
    get key() {
      return fleet.key;
    },
    get keys() {
      return fleet.keys;
    },
    get log() {
      return fleet.log;
    },
    config: (changes) => fleet.config(changes),
    sim: (pool, nth) => fleet.sim(pool, nth),
    sims: (pool) => fleet.sims(pool),
    asked: () => fleet.asked(),
    idle: () => fleet.idle(),
    registry,
    usage: new UsageQueries(database),
    database,
    databaseUrl: own.url,
    network,
    folder,
    newTenant: async (id, tenant = {}, key = {}) => {
      done(await registry.createTenant(ACTOR, id, tenant));
      return done(await registry.createKey(ACTOR, id, key)).text;
    },
    redisKeys: async () => (redis ? keysOf(redis) : []),
    restart: async () => {
      await fleet.close();
      fleet = await startFleetUnderTest(fleetTerms);
    },
    close: async () => {
      await fleet.close();
      await network.stop();
      await database.close();
      await own.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface RedisSettings {
  readonly urls: readonly [string];
  readonly keyPrefix: string;
  readonly commandTimeoutMs: number;
}

/** Patient, because two cores may be shared by several test files. */
async function redisSettings(redis: true | { readonly url: string }): Promise<RedisSettings> {
  const url = redis === true ? await testRedisUrl() : redis.url;
  return { urls: [url], keyPrefix: `${uniquePrefix()}:`.toLowerCase(), commandTimeoutMs: 500 };
}

async function keysOf({ urls, keyPrefix }: RedisSettings): Promise<readonly string[]> {
  const client = new Redis(urls[0]);
  try {
    return await client.keys(`${keyPrefix}*`);
  } finally {
    client.disconnect();
  }
}

/** The value of what must go right. */
export function done<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new TypeError(result.message);
}

export type { PlanInput };
