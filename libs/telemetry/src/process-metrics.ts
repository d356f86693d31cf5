// The process itself: event loop, garbage collection, memory, CPU. prom-client's default metrics would bring forty
// series nobody asked for, under names outside metric-definitions.ts.
import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import type { Registry } from 'prom-client';
import { METRICS } from './metric-definitions.ts';
import { watchCount, watchGauge, watchValue } from './watched-metrics.ts';

/** How often the event loop's lag is sampled: 50 timers a second cost next to nothing and see every stall above it. */
const LAG_RESOLUTION_MS = 20;

export interface ProcessWatch {
  close(): void;
}

export function watchProcess(registry: Registry): ProcessWatch {
  const lag = watchEventLoop(registry);
  const collections = watchGarbageCollection(registry);
  watchCount(registry, METRICS.cpuSeconds, (set) => {
    const { user, system } = process.cpuUsage();
    set({}, (user + system) / 1e6);
  });
  watchValue(registry, METRICS.startTime, () => performance.timeOrigin / 1000);
  watchValue(registry, METRICS.residentBytes, () => process.memoryUsage.rss());
  watchValue(registry, METRICS.heapUsedBytes, () => process.memoryUsage().heapUsed);
  watchValue(registry, METRICS.externalBytes, () => process.memoryUsage().external);
  return {
    close: () => {
      lag.close();
      collections.close();
    },
  };
}

/** Both gauges cover the time since the last scrape, so two Prometheus servers see two halves of it. */
function watchEventLoop(registry: Registry): ProcessWatch {
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  delay.enable();
  // The histogram holds the time between two samples; what exceeds the resolution is lag.
  const lagSeconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - LAG_RESOLUTION_MS / 1000);
  watchGauge(registry, METRICS.eventLoopLag, (set) => {
    if (delay.count === 0) return;
    set({ quantile: '0.5' }, lagSeconds(delay.percentile(50)));
    set({ quantile: '0.99' }, lagSeconds(delay.percentile(99)));
    set({ quantile: '1' }, lagSeconds(delay.max));
    delay.reset();
  });
  let before = performance.eventLoopUtilization();
  watchValue(registry, METRICS.eventLoopUtilization, () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  });
  return { close: () => void delay.disable() };
}

const GC_KINDS = new Map<number, string>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

function watchGarbageCollection(registry: Registry): ProcessWatch {
  const secondsByKind = new Map([...GC_KINDS.values()].map((kind) => [kind, 0]));
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = GC_KINDS.get(gcKind(entry));
      if (kind !== undefined) secondsByKind.set(kind, (secondsByKind.get(kind) ?? 0) + entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  watchCount(registry, METRICS.gcSeconds, (set) => {
    for (const [kind, seconds] of secondsByKind) set({ kind }, seconds);
  });
  return { close: () => observer.disconnect() };
}

/** Node documents `detail.kind` of a `gc` entry; its types leave it out. */
function gcKind(entry: object): number {
  const detail: unknown = 'detail' in entry ? entry.detail : null;
  const hasKind = typeof detail === 'object' && detail !== null && 'kind' in detail;
  return hasKind && typeof detail.kind === 'number' ? detail.kind : -1;
}
