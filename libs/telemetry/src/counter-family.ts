// A prom-client counter whose series are objects one adds to directly. prom-client builds a key from all labels at
// every inc() and formats all labels again at every scrape; one request touches a dozen series.
import { Counter, type Registry } from 'prom-client';
import type { LabelName, MetricDefinition } from './metric-definitions.ts';

type LabelValues<Name extends string> = Readonly<Record<Name, string>>;

export class CounterFamily<Name extends LabelName> extends Counter<Name> {
  readonly #series: CounterSeries<Name>[] = [];

  constructor(registry: Registry, definition: MetricDefinition & { readonly labels: readonly Name[] }) {
    const { name, help, labels } = definition;
    super({ name, help, labelNames: labels, registers: [registry] });
  }

  /** Makes a series that shows up from now on, at 0. The caller keeps it: asking twice with the same labels makes two. */
  series(labels: LabelValues<Name>): CounterSeries<Name> {
    const series = new CounterSeries(labels);
    this.#series.push(series);
    return series;
  }

  override async get(): ReturnType<Counter<Name>['get']> {
    return { ...(await super.get()), values: this.#series };
  }

  /** What the registry prefers when it writes text: it formats a `sharedLabels` object once and keeps the result. */
  async getForPromString() {
    const values = this.#series.map(({ labels, value }) => ({ sharedLabels: labels, value }));
    return { ...(await super.get()), values };
  }
}

/** One series. Add to `value`; never lower it. */
export class CounterSeries<Name extends string> {
  readonly labels: LabelValues<Name>;
  value = 0;

  constructor(labels: LabelValues<Name>) {
    this.labels = labels;
  }
}
