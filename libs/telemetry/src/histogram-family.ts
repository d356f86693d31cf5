// A prom-client histogram whose series are objects one observes into directly; see counter-family.ts for why.
import { Histogram, type Registry } from 'prom-client';
import type { Buckets, LabelName, MetricDefinition } from './metric-definitions.ts';

type LabelValues<Name extends string> = Readonly<Record<Name, string>>;
type HistogramDefinition<Name extends LabelName> = MetricDefinition & {
  readonly labels: readonly Name[];
  readonly buckets: Buckets;
};

export class HistogramFamily<Name extends LabelName> extends Histogram<Name> {
  readonly #definition: HistogramDefinition<Name>;
  readonly #series: HistogramSeries<Name>[] = [];

  constructor(registry: Registry, definition: HistogramDefinition<Name>) {
    const { name, help, labels, buckets } = definition;
    super({ name, help, labelNames: labels, buckets: [...buckets.bounds], registers: [registry] });
    this.#definition = definition;
  }

  /** Makes a series that shows up from now on, empty. The caller keeps it: asking twice with the same labels makes two. */
  series(labels: LabelValues<Name>): HistogramSeries<Name> {
    const series = new HistogramSeries(labels, this.#definition.buckets.bounds);
    this.#series.push(series);
    return series;
  }

  /** prom-client's own get() and its registry both read from here; `sharedLabels` are formatted once and kept. */
  async getForPromString() {
    const { name, help } = this.#definition;
    const values = this.#series.flatMap((series) => series.exported(name));
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}

/** In the shape prom-client writes, which leaves it out of the plain text. */
interface Exemplar {
  readonly labelSet: { readonly trace_id: string };
  readonly value: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

interface ExportedValue {
  readonly metricName: string;
  readonly labels: object;
  readonly sharedLabels: object;
  readonly value: number;
  readonly exemplar?: Exemplar;
}

class HistogramSeries<Name extends string> {
  readonly #labels: LabelValues<Name>;
  readonly #bounds: readonly number[];
  /** One count a bucket, not cumulated; the last is +Inf. */
  readonly #counts: number[];
  /** The last traced value of each bucket; null until there is one. */
  #exemplars: (Exemplar | undefined)[] | null = null;
  #sum = 0;

  constructor(labels: LabelValues<Name>, bounds: readonly number[]) {
    this.#labels = labels;
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** Ignores what is not a finite number: one bad reading must not spoil a sum for ever. */
  observe(value: number, traceId: string | null = null): void {
    if (!Number.isFinite(value)) return;
    const bucket = this.#bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
    if (traceId === null) return;
    this.#exemplars ??= [];
    this.#exemplars[bucket] = { labelSet: { trace_id: traceId }, value, timestamp: Date.now() / 1000 };
  }

  exported(name: string) {
    const sharedLabels = this.#labels;
    const values: ExportedValue[] = [];
    let total = 0;
    this.#counts.forEach((count, bucket) => {
      total += count;
      const labels = { le: this.#bounds[bucket] ?? '+Inf' };
      const exemplar = this.#exemplars?.[bucket];
      const value = { metricName: `${name}_bucket`, labels, sharedLabels, value: total };
      values.push(exemplar === undefined ? value : { ...value, exemplar });
    });
    values.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: this.#sum });
    values.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: total });
    return values;
  }

  /** Bounds are inclusive (`le`). Fifteen at most, so a scan beats a search. */
  #bucketOf(value: number): number {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? 0)) bucket += 1;
    return bucket;
  }
}
