// Where limits are counted: in Redis with other gateways, or in this process alone.
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import { type BudgetTruth, type Limiter, openLimiter } from '#limits';
import type { StateReading } from '#telemetry';

/** What limits need of the configuration. */
interface LimitsConfig extends Pick<RopewayConfig, 'redis'> {
  readonly auth: Pick<RopewayConfig['auth'], 'snapshotFile'>;
  readonly limits: Omit<RopewayConfig['limits'], 'unstatedOutputTokens'>;
}

interface OpenLimits {
  readonly limiter: Limiter;
  reading(): StateReading['limits'];
}

/** Each command to a Redis that is away is an error; one line of a kind in so long is enough. */
const LOG_EVERY_MS = 10_000;
/** Kinds remembered: a handful say the same thing in other words, and messages may hold addresses. */
const MOST_KINDS = 20;

/** Redis need not be there yet. */
export function openLimits(config: LimitsConfig, truth: BudgetTruth | null, logger: Logger): OpenLimits {
  // By message: that a command was not sent must not hide why, as in a wrong password.
  const logged = new Map<string, number>();
  const limiter = openLimiter({
    redis: config.redis,
    limits: config.limits,
    truth,
    // Beside the known keys: both are what a gateway goes on with that starts while others are away.
    replicaFile: join(dirname(config.auth.snapshotFile), 'gateways.json'),
    onNotKept: (err) => logger.warn({ err }, 'the number of gateways is not kept for a start without Redis'),
    onError: (error) => {
      const nowMs = performance.now();
      if (nowMs - (logged.get(error.message) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return;
      if (logged.size >= MOST_KINDS) logged.clear();
      logged.set(error.message, nowMs);
      logger.error({ err: error, ...limiter.stats() }, 'Redis does not answer as it should');
    },
  });
  return {
    limiter,
    reading: () => {
      const { mode, errors, replicas } = limiter.stats();
      return { isLocal: mode === 'local', errors, gateways: replicas };
    },
  };
}
