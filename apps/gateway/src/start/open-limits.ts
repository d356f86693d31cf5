// Where limits are counted: in Redis with other gateways, or in this process alone.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import { type BudgetTruth, type Limiter, openLimiter } from '#limits';
import type { StateReading } from '#telemetry';

export interface OpenLimits {
  readonly limiter: Limiter;
  reading(): StateReading['limits'];
}

/** Each command to a Redis that is away is an error; one line in so long is enough. */
const LOG_EVERY_MS = 10_000;

/** Redis need not be there yet. */
export function openLimits(config: RopewayConfig, truth: BudgetTruth | null, logger: Logger): OpenLimits {
  let loggedMs = Number.NEGATIVE_INFINITY;
  const limiter = openLimiter({
    redis: config.redis,
    limits: config.limits,
    truth,
    onError: (error) => {
      if (performance.now() - loggedMs < LOG_EVERY_MS) return;
      loggedMs = performance.now();
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
