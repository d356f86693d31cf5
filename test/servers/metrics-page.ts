// What a process says of itself on its metrics page, as the figures that a test compares.

export class MetricsPage {
  readonly #lines: readonly string[];

  /** `text`: Prometheus' text format. */
  constructor(text: string) {
    this.#lines = text.split('\n');
  }

  /**
   * Sum over the series of a metric that have these labels; 0 when none has. Throws when the page doesn't know the metric,
   * so that a test with a misspelt name fails. Of a histogram name the part: `…_count`, `…_sum`, `…_bucket`.
   */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const base = name.replace(/_(count|sum|bucket)$/, '');
    const isKnown = this.#lines.some(
      (line) => line.startsWith(`# TYPE ${name} `) || line.startsWith(`# TYPE ${base} `),
    );
    if (!isKnown) throw new RangeError(`no metric is named ${name}`);
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return this.#lines
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => wanted.every((each) => line.includes(`{${each}`) || line.includes(`,${each}`)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }
}

/** The page of a gateway, worker or admin API; `origin` without the path. */
export async function readMetrics(origin: string): Promise<MetricsPage> {
  const response = await fetch(`${origin}/metrics`);
  if (!response.ok) throw new Error(`${origin}/metrics answered ${response.status}`);
  return new MetricsPage(await response.text());
}
