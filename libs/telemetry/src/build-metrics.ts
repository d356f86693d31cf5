// What runs, and whether its log gets out: the same of every process.
import type { Registry } from 'prom-client';
import { METRICS } from './metric-definitions.ts';
import { watchCount, watchGauge } from './watched-metrics.ts';

export function watchBuild(registry: Registry, version: string, droppedLines: () => number): void {
  watchGauge(registry, METRICS.buildInfo, (set) => set({ version, node: process.version }, 1));
  watchCount(registry, METRICS.logLinesDropped, (set) => set({}, droppedLines()));
}
