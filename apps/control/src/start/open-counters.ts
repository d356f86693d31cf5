// The counters of the gateways, looked at from beside. Nothing is taken, and this process is none of the replicas that share
// a limit while Redis is away: so Redis is asked directly, without the fallback a gateway has.
import type { RopewayConfig } from '#config';
import { type BudgetTruth, connectRedis, type Limiter, MemoryLimiter, RedisLimiter } from '#limits';
import type { RedisMode } from '../control-ports.ts';

export interface CountersInView {
  readonly limiter: Pick<Limiter, 'standings'>;
  readonly mode: () => RedisMode;
  close(): Promise<void>;
}

/** Without Redis each gateway counts for itself, out of sight: only budgets are known here, from the ledger. */
export function openCounters(
  { redis, limits }: Pick<RopewayConfig, 'redis' | 'limits'>,
  truth: BudgetTruth,
): CountersInView {
  if (redis === null) {
    // A limiter of its own for each look: one that stays asks the ledger once and counts on by itself, and nobody tells it.
    const standings: Limiter['standings'] = (spender, charges) =>
      new MemoryLimiter({ truth }).standings(spender, charges);
    return { limiter: { standings }, mode: () => 'none', close: () => Promise.resolve() };
  }
  let isAway = false;
  const noted = (error: Error | null) => {
    isAway = error !== null;
  };
  const connection = connectRedis(redis, noted);
  const limiter = new RedisLimiter({ ...redis, ...limits, connection, truth, onOutcome: noted });
  return {
    limiter,
    mode: () => (isAway ? 'local' : 'shared'),
    close: async () => {
      await limiter.close();
      connection.disconnect();
    },
  };
}
