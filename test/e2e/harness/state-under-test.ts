// A real PostgreSQL database of the test's own with Ropeway's schema, the registry that is behind the admin API, and a
// network between the gateways and it that can be made bad.
import { type Database, migrate, openDatabase } from '#database';
import { UsageQueries } from '#ledger';
import { DatabaseRegistry, type KeyInput, type Registry, type Result, type TenantInput } from '#tenancy';
import { newTestDatabase } from '../../servers/shared-servers.ts';
import { type FaultyProxy, startFaultyProxy } from '../../servers/start-faulty-proxy.ts';
import { PEPPER } from './keys.ts';

export interface StateUnderTest {
  readonly registry: Registry;
  readonly usage: UsageQueries;
  readonly database: Database;
  readonly databaseUrl: string;
  /** Between the gateways and the database; the registry goes past it. */
  readonly network: FaultyProxy;
  /** A tenant of its own with a key; gives the key's text. */
  newTenant(id: string, tenant?: TenantInput, key?: KeyInput): Promise<string>;
  /** After the gateways. */
  close(): Promise<void>;
}

export const ACTOR = 'e2e';
const OPEN_MS = 30_000;

export async function startStateUnderTest(): Promise<StateUnderTest> {
  const own = await newTestDatabase();
  const network = await startFaultyProxy(own.url);
  const signal = AbortSignal.timeout(OPEN_MS);
  const times = { connectTimeoutMs: 30_000, statementTimeoutMs: 60_000 };
  const options = { kind: 'postgres', url: own.url, maxConnections: 4, ...times } as const;
  const database = await openDatabase(options, { signal });
  await migrate(database, { signal });
  const registry = new DatabaseRegistry({ database, pepper: { version: 1, secret: PEPPER } });
  return {
    registry,
    usage: new UsageQueries(database),
    database,
    databaseUrl: own.url,
    network,
    newTenant: async (id, tenant = {}, key = {}) => {
      done(await registry.createTenant(ACTOR, id, tenant));
      return done(await registry.createKey(ACTOR, id, key)).text;
    },
    close: async () => {
      await network.stop();
      await database.close();
      await own.drop();
    },
  };
}

/** The value of what must go right. */
export function done<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new TypeError(result.message);
}

/** The public part of a key's text. */
export function idOf(key: string): string {
  return key.split('_')[2] ?? '';
}
