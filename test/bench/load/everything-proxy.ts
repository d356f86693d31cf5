// The gateway with all it can do switched on: keys and ledger in a real PostgreSQL, limits of every kind in a real Redis, an
// intent on disk before each request. Both servers run where the load runs, so their own work is not counted as ours.
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '#database';
import type { Limits } from '#limits';
import { DatabaseRegistry, type Result } from '#tenancy';
import { migrateDatabase } from '../../servers/migrated-database.ts';
import { startPostgres } from '../../servers/start-postgres.ts';
import { startRedis } from '../../servers/start-redis.ts';
import { isPinned, pinned } from './pins.ts';
import type { ProxyKind, RunningProxy } from './proxy.ts';
import { PEPPER, ropewayProxy } from './ropeway-proxy.ts';

/** Never reached, so that every request is counted against each and none is refused. */
const ENOUGH = 1_000_000_000;
const LIMITS: Partial<Limits> = {
  requestsPerMinute: ENOUGH,
  tokensPerMinute: ENOUGH,
  inputTokensPerMinute: ENOUGH,
  outputTokensPerMinute: ENOUGH,
  concurrentRequests: ENOUGH,
  concurrentKvTokens: ENOUGH,
  budgets: [
    { period: 'day', unit: 'tokens', limit: ENOUGH * 1_000 },
    { period: 'month', unit: 'tokens', limit: ENOUGH * 1_000 },
  ],
};

export const everythingProxy: ProxyKind = {
  name: 'ropeway, everything on',
  async start(tools, worker): Promise<RunningProxy> {
    const ends: Array<() => Promise<unknown>> = [];
    const endAll = async () => {
      for (const end of ends.reverse()) await end();
    };
    try {
      const redis = await startRedis();
      ends.push(() => redis.stop());
      // With fsync, as it is run.
      const postgres = await startPostgres({ isDurable: true });
      ends.push(() => postgres.stop());
      for (const { pid } of [redis, postgres]) placeWithLoad(pid);
      const url = await postgres.createDatabase('bench');
      await migrateDatabase(url);
      const key = await newKey(url);
      const proxy = await ropewayProxy({
        key,
        settings: {
          database: { url },
          redis: { urls: [redis.url] },
          ledger: { outbox: mkdtempSync(join(tools.folder, 'outbox-')) },
        },
      }).start(tools, worker);
      ends.push(proxy.stop);
      return { ...proxy, stop: endAll };
    } catch (error) {
      await endAll();
      throw error;
    }
  },
};

/** Processes it starts later stay there too. */
function placeWithLoad(pid: number): void {
  const core = pinned('load', '', [])[1][1];
  if (isPinned && core !== undefined) spawnSync('taskset', ['-acp', core, String(pid)]);
}

async function newKey(url: string): Promise<string> {
  const database = await openDatabase(
    { kind: 'postgres', url, maxConnections: 2, connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 },
    { signal: AbortSignal.timeout(30_000) },
  );
  try {
    const registry = new DatabaseRegistry({ database, pepper: { version: 1, secret: PEPPER } });
    value(await registry.createTenant('bench', 'bench', { limits: LIMITS }));
    return value(await registry.createKey('bench', 'bench', {})).text;
  } finally {
    await database.close();
  }
}

function value<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.message);
}
