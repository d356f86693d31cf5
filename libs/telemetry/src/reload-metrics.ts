// Which configuration is in force: of the processes that read it again while they run, the gateway and the scaler.
import type { Registry } from 'prom-client';
import { CounterFamily } from './counter-family.ts';
import { METRICS } from './metric-definitions.ts';
import { watchValue } from './watched-metrics.ts';

/** What became of a configuration that was read while running. */
export type ReloadResult = 'applied' | 'refused';

export interface ReloadMetrics {
  configReloaded(result: ReloadResult): void;
}

export function watchReloads(registry: Registry): ReloadMetrics {
  const family = new CounterFamily(registry, METRICS.configReloads);
  const results = {
    applied: family.series({ result: 'applied' }),
    refused: family.series({ result: 'refused' }),
  };
  // The configuration the process started with counts as applied when it started.
  let appliedMs = Date.now();
  let isRefused = false;
  watchValue(registry, METRICS.configRefused, () => Number(isRefused));
  watchValue(registry, METRICS.configApplied, () => appliedMs / 1000);
  return {
    configReloaded: (result) => {
      results[result].value += 1;
      isRefused = result === 'refused';
      if (result === 'applied') appliedMs = Date.now();
    },
  };
}
