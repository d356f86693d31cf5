// What became of spans; there only where traces are on.
import type { Registry } from 'prom-client';
import { METRICS } from '../metric-definitions.ts';
import { watchCount } from '../watched-metrics.ts';
import type { Tracing } from './tracing.ts';

export function watchTracing(registry: Registry, tracing: Pick<Tracing, 'stats'> | null): void {
  watchCount(registry, METRICS.traceSpans, (set) => {
    if (tracing === null) return;
    const { sent, lost } = tracing.stats();
    set({ result: 'sent' }, sent);
    set({ result: 'lost' }, lost);
  });
  watchCount(registry, METRICS.tracesDropped, (set) => {
    if (tracing !== null) set({}, tracing.stats().dropped);
  });
}
