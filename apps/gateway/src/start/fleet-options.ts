// The configuration's `workers` section in the fleet's words.
import type { RopewayConfig } from '#config';
import { DEFAULT_FLEET_OPTIONS, type FleetOptions } from '#workers';

export function fleetOptions({ workers }: RopewayConfig): Partial<FleetOptions> {
  return {
    healthIntervalMs: workers.scrapeIntervalMs,
    scrapeIntervalMs: workers.scrapeIntervalMs,
    scrapesPerSecond: workers.maxScrapesPerSecond,
    probeTimeoutMs: workers.probeTimeoutMs,
    quarantineIntervalMs: workers.lookAgainMs,
    stallMs: workers.stallAfterMs,
    drainingSilentMs: workers.drainSilenceMs,
    slowStartMs: workers.warmUpMs,
    breaker: {
      ...DEFAULT_FLEET_OPTIONS.breaker,
      consecutiveFailures: workers.breakerFailures,
      firstPauseMs: workers.breakerOpenMs,
      longestPauseMs: Math.max(workers.breakerOpenMs, DEFAULT_FLEET_OPTIONS.breaker.longestPauseMs),
    },
  };
}
