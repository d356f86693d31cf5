// The limiter of a gateway, from its configuration: Redis with a fallback, or memory.
import type { BudgetTruth, Limiter } from './limiter.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { connectRedis, type RedisConnectOptions } from './redis/connect-redis.ts';
import { ResilientLimiter } from './resilient/resilient-limiter.ts';

export interface OpenLimiterOptions {
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
  /** What goes wrong between here and Redis: one call an error, may be many a second. Must not throw. */
  readonly onError: (error: Error) => void;
}

export interface RedisCountingOptions {
  readonly keyPrefix: string;
  readonly commandTimeoutMs: number;
  readonly breakerFailures: number;
  readonly breakerProbeMs: number;
  readonly strictAfterMs: number;
}

/** Redis need not be there: until it is, this process counts by itself. */
export function openLimiter({ redis, limits, truth, onError }: OpenLimiterOptions): Limiter {
  if (redis === null) return new MemoryLimiter({ truth });
  const connection = connectRedis(redis, onError);
  return new ResilientLimiter({
    ...redis,
    ...limits,
    connection,
    truth,
    onOutcome: (error) => {
      if (error !== null) onError(error);
    },
    reconnect: () => connection.disconnect(true),
    disconnect: () => connection.disconnect(),
  });
}
