// The gateway as a whole: what is in flight, which build, which configuration.
import type { Registry } from 'prom-client';
import { watchBuild } from './build-metrics.ts';
import { CounterFamily } from './counter-family.ts';
import { METRICS } from './metric-definitions.ts';
import { type ReloadMetrics, watchReloads } from './reload-metrics.ts';
import { SeriesCache } from './series-cache.ts';
import { watchValue } from './watched-metrics.ts';

export interface InFlight {
  /** Requests begun and not ended. */
  requests: number;
  /** Requests waiting for room on a worker. */
  waiting: number;
  /** Streamed answers begun and not ended. */
  streams: number;
  /** Request-body bytes held. */
  bodyBytes: number;
}

export interface GatewaySources {
  readonly inFlight: Readonly<InFlight>;
  readonly version: string;
  readonly droppedLines: () => number;
}

export interface GatewayMetrics extends ReloadMetrics {
  tokenizerMismatch(pool: string): void;
}

export function watchGateway(registry: Registry, sources: GatewaySources): GatewayMetrics {
  const { inFlight, version, droppedLines } = sources;
  watchValue(registry, METRICS.inFlight, () => inFlight.requests);
  watchValue(registry, METRICS.waiting, () => inFlight.waiting);
  watchValue(registry, METRICS.streams, () => inFlight.streams);
  watchValue(registry, METRICS.bodyBytes, () => inFlight.bodyBytes);
  watchBuild(registry, version, droppedLines);
  return { ...countMismatches(registry), ...watchReloads(registry) };
}

function countMismatches(registry: Registry) {
  const family = new CounterFamily(registry, METRICS.tokenizerMismatches);
  const series = new SeriesCache((pool) => family.series({ pool }));
  return {
    tokenizerMismatch: (pool: string) => {
      series.of(pool).value += 1;
    },
  };
}
