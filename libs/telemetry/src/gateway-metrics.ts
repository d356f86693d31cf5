// The gateway as a whole: what is in flight, which build, which configuration.
import type { Registry } from 'prom-client';
import { watchBuild } from './build-metrics.ts';
import { METRICS } from './metric-definitions.ts';
import { type ReloadMetrics, watchReloads } from './reload-metrics.ts';
import { watchCount, watchValue } from './watched-metrics.ts';

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

interface GatewaySources {
  readonly inFlight: Readonly<InFlight>;
  readonly version: string;
  readonly droppedLines: () => number;
  /** Names of the pools there are. */
  readonly pools: () => readonly string[];
}

export interface GatewayMetrics extends ReloadMetrics {
  tokenizerMismatch(pool: string): void;
}

export function watchGateway(registry: Registry, sources: GatewaySources): GatewayMetrics {
  const { inFlight, version, droppedLines, pools } = sources;
  watchValue(registry, METRICS.inFlight, () => inFlight.requests);
  watchValue(registry, METRICS.waiting, () => inFlight.waiting);
  watchValue(registry, METRICS.streams, () => inFlight.streams);
  watchValue(registry, METRICS.bodyBytes, () => inFlight.bodyBytes);
  watchBuild(registry, version, droppedLines);
  return { ...countMismatches(registry, pools), ...watchReloads(registry) };
}

function countMismatches(registry: Registry, pools: () => readonly string[]) {
  const found = new Map<string, number>();
  watchCount(registry, METRICS.tokenizerMismatches, (set) => {
    // There from the first scrape, at 0: a worker is counted once, and a rate over a series that appears misses it.
    for (const pool of new Set([...pools(), ...found.keys()])) set({ pool }, found.get(pool) ?? 0);
  });
  return {
    tokenizerMismatch: (pool: string) => {
      found.set(pool, (found.get(pool) ?? 0) + 1);
    },
  };
}
