// Gauges and counters that are read at each scrape instead of being kept up to date.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { LabelName, MetricDefinition } from './metric-definitions.ts';

export type DefinitionWith<Name extends LabelName> = MetricDefinition & { readonly labels: readonly Name[] };
type Fill<Name extends LabelName> = (
  set: (labels: Readonly<Record<Name, string>>, value: number) => void,
) => void;

/** A gauge that forgets its series at each scrape and is filled again: what is gone is gone. */
export function watchGauge<Name extends LabelName>(
  registry: Registry,
  definition: DefinitionWith<Name>,
  fill: Fill<Name>,
): void {
  const { name, help, labels } = definition;
  const gauge = new Gauge<Name>({ name, help, labelNames: labels, registers: [registry], collect });
  function collect(): void {
    gauge.reset();
    // Without labels a reset leaves a 0 behind, which would say something.
    if (labels.length === 0) gauge.remove();
    fill((values, value) => gauge.set(values, value));
  }
}

/** A gauge without labels. */
export function watchValue(registry: Registry, definition: DefinitionWith<never>, read: () => number): void {
  watchGauge(registry, definition, (set) => set({}, read()));
}

/** A counter somebody else keeps; `read` must never give less than before. */
export function watchCount<Name extends LabelName>(
  registry: Registry,
  definition: DefinitionWith<Name>,
  fill: Fill<Name>,
): void {
  const { name, help, labels } = definition;
  const counter = new Counter<Name>({ name, help, labelNames: labels, registers: [registry], collect });
  function collect(): void {
    counter.reset();
    if (labels.length === 0) counter.remove();
    fill((values, value) => counter.inc(values, value));
  }
}
