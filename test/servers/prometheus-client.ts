// What tests ask a Prometheus, by its HTTP API (prometheus.io/docs/prometheus/latest/querying/api/).

const ANSWER_MS = 20_000;

export type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  /** May be NaN. */
  readonly value: number;
}

interface Point {
  readonly timeS: number;
  readonly value: number;
}

export interface Series {
  readonly labels: Labels;
  readonly points: readonly Point[];
}

interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
}

interface Rule {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError: string;
  /** Of an alert. */
  readonly state: 'inactive' | 'pending' | 'firing' | null;
}

interface Target {
  readonly url: string;
  readonly labels: Labels;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

export interface Range {
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
}

/** What Prometheus said of a query that it did not answer. */
class PrometheusError extends Error {
  override readonly name = 'PrometheusError';
  /** `bad_data`: it does not parse, or is not well typed. */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

type Answer<T> =
  | { readonly status: 'success'; readonly data: T }
  | { readonly status: 'error'; readonly errorType: string; readonly error: string };

interface RawSeries {
  readonly metric: Labels;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

interface RawRule {
  readonly name: string;
  readonly type: Rule['type'];
  readonly health: Rule['health'];
  readonly lastError?: string;
  readonly state?: 'inactive' | 'pending' | 'firing';
}

interface RawTarget {
  readonly scrapeUrl: string;
  readonly labels: Labels;
  readonly health: Target['health'];
  readonly lastError: string;
}

export class PrometheusClient {
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** The query as of now. Rejects with PrometheusError. */
  async query(expression: string): Promise<readonly Sample[]> {
    const data = await this.#ask<{ resultType: string; result: unknown }>('query', { query: expression });
    if (data.resultType === 'scalar') {
      const [, text] = data.result as readonly [number, string];
      return [{ labels: {}, value: numberOf(text) }];
    }
    const series = data.result as readonly RawSeries[];
    return series.map(({ metric, value }) => ({ labels: metric, value: numberOf(value?.[1] ?? 'NaN') }));
  }

  /** The query as a panel draws it. Rejects with PrometheusError. */
  async queryRange(expression: string, { startS, endS, stepS }: Range): Promise<readonly Series[]> {
    const terms = { query: expression, start: `${startS}`, end: `${endS}`, step: `${stepS}` };
    const { result } = await this.#ask<{ result: readonly RawSeries[] }>('query_range', terms);
    return result.map(({ metric, values = [] }) => ({
      labels: metric,
      points: values.map(([timeS, text]) => ({ timeS, value: numberOf(text) })),
    }));
  }

  /** Exemplars of the series in a query, of the last hour. */
  async exemplars(expression: string): Promise<readonly Exemplar[]> {
    const nowS = Date.now() / 1_000;
    const terms = { query: expression, start: `${nowS - 3_600}`, end: `${nowS + 60}` };
    const all = await this.#ask<readonly { exemplars: readonly { labels: Labels; value: string }[] }[]>(
      'query_exemplars',
      terms,
    );
    return all.flatMap(({ exemplars }) =>
      exemplars.map(({ labels, value }) => ({ labels, value: numberOf(value) })),
    );
  }

  /** Values of a label, of the series of a metric if one is named. */
  async labelValues(label: string, metric?: string): Promise<readonly string[]> {
    const terms: Record<string, string> = metric === undefined ? {} : { 'match[]': metric };
    return this.#ask<readonly string[]>(`label/${label}/values`, terms);
  }

  /** Every rule that was loaded. */
  async rules(): Promise<readonly Rule[]> {
    const { groups } = await this.#ask<{ groups: readonly { rules: readonly RawRule[] }[] }>('rules', {});
    return groups
      .flatMap(({ rules }) => rules)
      .map(({ name, type, health, lastError = '', state = null }) => ({
        name,
        type,
        health,
        lastError,
        state,
      }));
  }

  async targets(): Promise<readonly Target[]> {
    const { activeTargets } = await this.#ask<{ activeTargets: readonly RawTarget[] }>('targets', {
      state: 'active',
    });
    return activeTargets.map(({ scrapeUrl, labels, health, lastError }) => ({
      url: scrapeUrl,
      labels,
      health,
      lastError,
    }));
  }

  async #ask<T>(path: string, terms: Readonly<Record<string, string>>): Promise<T> {
    const response = await fetch(`${this.#origin}/api/v1/${path}?${new URLSearchParams(terms)}`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const answer = (await response.json()) as Answer<T>;
    if (answer.status === 'error') throw new PrometheusError(answer.errorType, answer.error);
    return answer.data;
  }
}

/** Prometheus writes infinities as +Inf and -Inf. */
function numberOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
