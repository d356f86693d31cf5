// Finding workers, at the moment of a scrape: how old is what we know, and how often did the API server fail?
import type { Registry } from 'prom-client';
import { METRICS } from './metric-definitions.ts';
import { watchCount, watchGauge } from './watched-metrics.ts';

/** What telemetry needs of discovery; its own reading fits. */
export interface DiscoveryReading {
  readonly isSynced: boolean;
  readonly watches: readonly { readonly resource: string; readonly ageMs: number | null }[];
  readonly lists: readonly CauseReading[];
  readonly failures: readonly CauseReading[];
  readonly ignored: readonly unknown[];
}

interface CauseReading {
  readonly resource: string;
  readonly cause: string;
  readonly count: number;
}

/** `read` gives null where nothing is to be found. */
export function watchDiscovery(registry: Registry, read: () => DiscoveryReading | null): void {
  watchGauge(registry, METRICS.discoverySynced, (set) => {
    const now = read();
    if (now !== null) set({}, Number(now.isSynced));
  });
  watchGauge(registry, METRICS.discoveryIgnored, (set) => {
    const now = read();
    if (now !== null) set({}, now.ignored.length);
  });
  watchGauge(registry, METRICS.discoveryAge, (set) => {
    for (const [resource, ageMs] of oldest(read()?.watches ?? [])) set({ resource }, ageMs / 1_000);
  });
  watchCount(registry, METRICS.discoveryLists, (set) => {
    for (const { resource, cause, count } of read()?.lists ?? []) set({ resource, cause }, count);
  });
  watchCount(registry, METRICS.discoveryFailures, (set) => {
    for (const { resource, cause, count } of read()?.failures ?? []) set({ resource, cause }, count);
  });
}

/** Of several watches on one resource the one that says least. */
function oldest(watches: DiscoveryReading['watches']): ReadonlyMap<string, number> {
  const ages = new Map<string, number>();
  for (const { resource, ageMs } of watches) {
    if (ageMs !== null) ages.set(resource, Math.max(ageMs, ages.get(resource) ?? 0));
  }
  return ages;
}
