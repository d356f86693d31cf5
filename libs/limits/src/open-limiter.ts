// The limiter of a gateway, from its configuration: Redis with a fallback, or memory.
import type { BudgetTruth, Limiter } from './limiter.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { connectRedis, type RedisConnectOptions } from './redis/connect-redis.ts';
import { ReplicaFile } from './resilient/replica-file.ts';
import { ResilientLimiter } from './resilient/resilient-limiter.ts';

interface OpenLimiterOptions {
  /** null: limits are counted in this process alone. */
  readonly redis: (RedisConnectOptions & RedisCountingOptions) | null;
  readonly limits: {
    readonly leaseMs: number;
    readonly heartbeatMs: number;
    readonly meterTokens: number;
    readonly meterMs: number;
  };
  /** null: budgets begin at 0. */
  readonly truth: BudgetTruth | null;
  /** Where the number of gateways is kept, for a start while Redis is away; null: nowhere. */
  readonly replicaFile: string | null;
  /** The number of gateways is not kept: once, until it works again. Must not throw. */
  readonly onNotKept: (error: unknown) => void;
  /** What goes wrong between here and Redis: one call an error, may be many a second. Must not throw. */
  readonly onError: (error: Error) => void;
}

interface RedisCountingOptions {
  readonly keyPrefix: string;
  readonly commandTimeoutMs: number;
  readonly breakerFailures: number;
  readonly breakerProbeMs: number;
  readonly strictAfterMs: number;
}

/** Redis need not be there: until it is, this process counts by itself. */
export function openLimiter(options: OpenLimiterOptions): Limiter {
  const { redis, limits, truth, onError } = options;
  if (redis === null) return new MemoryLimiter({ truth });
  const connection = connectRedis(redis, onError);
  const limiter = new ResilientLimiter({
    ...redis,
    ...limits,
    connection,
    truth,
    replicaFile:
      options.replicaFile === null ? null : new ReplicaFile(options.replicaFile, options.onNotKept),
    onOutcome: (error) => {
      if (error !== null) onError(error);
    },
    reconnect: () => connection.disconnect(true),
    disconnect: () => connection.disconnect(),
  });
  // Not before: asked of a connection that is only being made, each start would log that Redis does not answer.
  connection.once('ready', () => void limiter.tick());
  return limiter;
}
