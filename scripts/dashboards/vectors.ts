// PromQL the boards are made of, as functions: each knows which labels its answer has, so that grouping by one that is not
// there does not compile. Rates go over $__rate_interval, means are sum / sum, quantiles go over summed buckets.

import { ALLOWED, type SHARES, type Window } from './recording-rules.ts';
import { oursOnly, type Series } from './series.ts';

/** Any answer, as a panel draws it. */
export interface Answer {
  readonly promql: string;
  /** What it is grouped by; null where it has all its metric has. */
  readonly groupedBy: readonly string[] | null;
  /** Of a histogram that keeps traces of single requests. */
  readonly hasExemplars?: boolean;
}

export interface Vector<Label extends string> extends Answer {
  readonly groupedBy: readonly Label[] | null;
  /** Never filled: for the compiler, so that two vectors match only where they are grouped alike. */
  readonly grouping?: (label: Label) => void;
}

type Operator = 'sum' | 'max' | 'min';
type Counter<Label extends string> = Series<'counter', Label>;
type Gauge<Label extends string> = Series<'gauge', Label>;
type Histogram<Label extends string> = Series<'histogram', Label>;

/** Per second. */
export function rate<Label extends string>(series: Counter<Label>): Vector<Label> {
  return whole(oursOnly(series.name, `rate(${series.name}${series.matchers}[$__rate_interval])`));
}

/** Over all the time the board shows, for tables. */
export function total<Label extends string>(series: Counter<Label>): Vector<Label> {
  return whole(oursOnly(series.name, `increase(${series.name}${series.matchers}[$__range])`));
}

export function now<Label extends string>(series: Gauge<Label>): Vector<Label> {
  return whole(oursOnly(series.name, `${series.name}${series.matchers}`));
}

/** How many were observed, per second. */
export function rateOf<Label extends string>(series: Histogram<Label>): Vector<Label> {
  return whole(`rate(${series.name}_count${series.matchers}[$__rate_interval])`);
}

/** Those at or below one of its bounds, per second. Text formats write 0 or 0.0. */
export function rateUpTo<Label extends string>(series: Histogram<Label>, bound: number): Vector<Label> {
  const matchers = series.matchers.replace(/}$/, `, le=~"${bound}|${bound}.0"}`);
  return whole(`rate(${series.name}_bucket${matchers}[$__rate_interval])`);
}

/** Whole buckets, for heatmaps. */
export function buckets<Label extends string>(series: Histogram<Label>): Vector<'le'> {
  const rates = `rate(${series.name}_bucket${series.matchers}[$__rate_interval])`;
  return { promql: `sum by (le) (${rates})`, groupedBy: ['le'] };
}

export function quantile<Label extends string, const By extends readonly Label[]>(
  share: number,
  series: Histogram<Label>,
  ...by: By
): Vector<By[number]> {
  const rates = `rate(${series.name}_bucket${series.matchers}[$__rate_interval])`;
  const groups = ['le', ...by].join(', ');
  return {
    promql: `histogram_quantile(${share}, sum by (${groups}) (${rates}))`,
    groupedBy: by,
    hasExemplars: EXEMPLARS.has(series.name),
  };
}

/** Histograms the gateway keeps traces for. */
const EXEMPLARS: ReadonlySet<string> = new Set([
  'ropeway_time_to_first_token_seconds',
  'ropeway_gateway_overhead_seconds',
  'ropeway_request_seconds',
]);

export function mean<Label extends string, const By extends readonly Label[]>(
  series: Histogram<Label>,
  ...by: By
): Vector<By[number]> {
  const part = (suffix: string) =>
    aggregated('sum', `rate(${series.name}_${suffix}${series.matchers}[$__rate_interval])`, by);
  return { promql: `${part('sum')} / ${part('count')}`, groupedBy: by };
}

/** Without labels one number comes out; with some, one for each of their values. */
export function sum<Label extends string, const By extends readonly Label[]>(
  vector: Vector<Label>,
  ...by: By
): Vector<By[number]> {
  return { promql: aggregated('sum', vector.promql, by), groupedBy: by };
}

export function max<Label extends string, const By extends readonly Label[]>(
  vector: Vector<Label>,
  ...by: By
): Vector<By[number]> {
  return { promql: aggregated('max', vector.promql, by), groupedBy: by };
}

export function min<Label extends string, const By extends readonly Label[]>(
  vector: Vector<Label>,
  ...by: By
): Vector<By[number]> {
  return { promql: aggregated('min', vector.promql, by), groupedBy: by };
}

/** Part of a whole. Where nothing of the part was ever counted it is 0; where nothing of the whole comes, there is no line. */
export function share<By extends string>(part: Vector<By>, of: Vector<By>): Vector<By> {
  return {
    promql: `(${part.promql} or ${of.promql} * 0) / (${of.promql} > 0)`,
    groupedBy: part.groupedBy,
  };
}

/** One divided by the other, where both have an answer. */
export function ratio<By extends string>(part: Vector<By>, of: Vector<By>): Vector<By> {
  return { promql: `${part.promql} / ${of.promql}`, groupedBy: part.groupedBy };
}

/** The sum of two, where both have an answer. */
export function plus<By extends string>(one: Vector<By>, other: Vector<By>): Vector<By> {
  return { promql: `(${one.promql} + ${other.promql})`, groupedBy: one.groupedBy };
}

/** Each one's part of a single number. */
export function partOf<By extends string>(each: Vector<By>, all: Vector<never>): Vector<By> {
  return { promql: `${each.promql} / on () group_left () (${all.promql} > 0)`, groupedBy: each.groupedBy };
}

/** Those that are not 0. */
export function present<By extends string>(vector: Vector<By>): Vector<By> {
  return { ...vector, promql: `${vector.promql} > 0` };
}

export function largest<By extends string>(count: number, vector: Vector<By>): Vector<By> {
  return { ...vector, promql: `topk(${count}, ${vector.promql})` };
}

/** Seconds since a Unix time. */
export function age<By extends string>(vector: Vector<By>): Vector<By> {
  return { ...vector, promql: `time() - ${vector.promql}` };
}

/** Seconds to a Unix time; below 0 it is past. */
export function until<By extends string>(vector: Vector<By>): Vector<By> {
  return { ...vector, promql: `${vector.promql} - time()` };
}

/**
 * How fast a budget is used, as slo.yaml records it, in the worst of the namespaces chosen: at 1 it lasts just its 30 days.
 */
export function burnRate<
  Name extends keyof typeof SHARES,
  const By extends readonly (typeof SHARES)[Name][number][],
>(name: Name, window: Window, ...by: By): Vector<By[number]> {
  const share = aggregated('max', `${name}${window}{namespace=~"$namespace"}`, by);
  return { promql: `${share} / ${ALLOWED[name]}`, groupedBy: by };
}

/** What is left of a budget, in the namespace that has least. */
export function recordedBudget(name: string): Vector<never> {
  return { promql: `min(${name}{namespace=~"$namespace"})`, groupedBy: [] };
}

function whole<Label extends string>(promql: string): Vector<Label> {
  return { promql, groupedBy: null };
}

function aggregated(operator: Operator, promql: string, by: readonly string[]): string {
  return by.length === 0 ? `${operator}(${promql})` : `${operator} by (${by.join(', ')}) (${promql})`;
}
