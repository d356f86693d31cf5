// A ResilientLimiter for tests: as the gateway opens one, but for the deadline.
import { once } from 'node:events';
import type { BudgetTruth } from '../limiter.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { ResilientLimiter, type ResilientLimiterOptions } from './resilient-limiter.ts';

export interface TestLimiterOptions extends Partial<ResilientLimiterOptions> {
  readonly urls: readonly string[];
  readonly isCluster?: boolean;
  readonly truth?: BudgetTruth | null;
  /** False: resolve though Redis may not be there. */
  readonly waitsForRedis?: boolean;
}

export async function openTestLimiter({
  urls,
  isCluster = false,
  waitsForRedis = true,
  ...more
}: TestLimiterOptions): Promise<ResilientLimiter> {
  const connection = connectRedis({ urls, isCluster, username: null, password: null, ca: null }, () => {});
  if (waitsForRedis) await once(connection, 'ready');
  const limiter = new ResilientLimiter({
    connection,
    // The machine that runs the tests may stop for longer than a gateway would wait.
    commandTimeoutMs: 5_000,
    keyPrefix: 'rw:',
    leaseMs: 30_000,
    heartbeatMs: 10_000,
    meterTokens: 256,
    meterMs: 1_000,
    breakerFailures: 5,
    breakerProbeMs: 1_000,
    strictAfterMs: 300_000,
    truth: null,
    replicaFile: null,
    reconnect: () => connection.disconnect(true),
    disconnect: () => connection.disconnect(),
    ...more,
  });
  void limiter.tick();
  return limiter;
}
