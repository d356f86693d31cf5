// Bounds of the configuration that alerts compare with: an alert that repeated a default would be wrong wherever it was changed.
import type { Registry } from 'prom-client';
import { METRICS } from './metric-definitions.ts';
import { type DefinitionWith, watchGauge } from './watched-metrics.ts';

/** null: this gateway has no such thing. */
export interface BoundsReading {
  readonly maxWaitMs: number | null;
  readonly ledgerMaxRows: number | null;
  readonly keysOfflineMs: number | null;
}

export const NO_BOUNDS: BoundsReading = { maxWaitMs: null, ledgerMaxRows: null, keysOfflineMs: null };

export function watchBounds(registry: Registry, read: () => BoundsReading): void {
  const gauge = (definition: DefinitionWith<never>, value: (bounds: BoundsReading) => number | null) =>
    watchGauge(registry, definition, (set) => {
      const now = value(read());
      if (now !== null) set({}, now);
    });
  gauge(METRICS.waitingMax, ({ maxWaitMs }) => maxWaitMs && maxWaitMs / 1_000);
  gauge(METRICS.ledgerMaxRows, ({ ledgerMaxRows }) => ledgerMaxRows);
  gauge(METRICS.keysOfflineMax, ({ keysOfflineMs }) => keysOfflineMs && keysOfflineMs / 1_000);
}
