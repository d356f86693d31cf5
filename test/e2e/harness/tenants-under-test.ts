// A gateway whose tenants are in a real PostgreSQL, and whose limits are in a real Redis where a test asks for it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { testRedisUrl, uniquePrefix } from '../../servers/shared-servers.ts';
import { type FleetTerms, type FleetUnderTest, startFleetUnderTest } from './fleet-under-test.ts';
import { type StateUnderTest, startStateUnderTest } from './state-under-test.ts';

interface TenantsTerms extends FleetTerms {
  /** Limits in Redis. Default: in memory. */
  readonly redis?: boolean | { readonly url: string };
  /** Rows the outbox holds at most. */
  readonly ledgerRows?: number;
}

export interface TenantsUnderTest extends FleetUnderTest, StateUnderTest {
  /** Where the outbox and the snapshot of keys are. */
  readonly folder: string;
  /** Names of what the gateway keeps in Redis, by a pattern of Redis behind the prefix; none where limits are in memory. */
  redisKeys(pattern?: string): Promise<readonly string[]>;
}

export async function startTenantsUnderTest(terms: TenantsTerms = {}): Promise<TenantsUnderTest> {
  const state = await startStateUnderTest();
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-e2e-'));
  const redis = terms.redis ? await redisSettings(terms.redis) : null;
  const fleetTerms: FleetTerms = {
    ...terms,
    keys: terms.keys ?? {},
    settings: {
      database: { url: state.network.url, connectTimeoutMs: 1_000 },
      // Two cores may be shared by several test files: a look-up is never late, it is answered or refused.
      auth: { lookupTimeoutMs: 10_000 },
      ledger: { outbox: join(folder, 'outbox'), maxRows: terms.ledgerRows ?? 10_000 },
      redis: redis ?? {},
      ...terms.settings,
    },
  };
  const fleet = await startFleetUnderTest(fleetTerms);
  return {
    ...state,
    ...fleet,
    folder,
    redisKeys: async (pattern = '*') => (redis ? keysOf(redis, pattern) : []),
    close: async () => {
      await fleet.close();
      await state.close();
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
  return { urls: [url], keyPrefix: `${uniquePrefix()}:`, commandTimeoutMs: 500 };
}

async function keysOf({ urls, keyPrefix }: RedisSettings, pattern: string): Promise<readonly string[]> {
  const client = new Redis(urls[0]);
  try {
    return await client.keys(`${keyPrefix}${pattern}`);
  } finally {
    client.disconnect();
  }
}
