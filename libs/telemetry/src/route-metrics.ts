// The metrics of requests that were given a pool, all by model, pool and rope: resolved once a pool, then plain sums.
import type { Registry } from 'prom-client';
import { CounterFamily } from './counter-family.ts';
import { HistogramFamily } from './histogram-family.ts';
import { METRICS } from './metric-definitions.ts';
import type { PromptLength } from './prompt-length.ts';
import type { RequestRecord } from './request-record.ts';
import { SeriesCache } from './series-cache.ts';

export interface RouteLabels {
  readonly model: string;
  readonly pool: string;
  readonly rope: string;
}

export class RouteMetrics {
  readonly #series: SeriesCache<SeriesCache<SeriesCache<RouteSeries>>>;

  constructor(registry: Registry) {
    const families = familiesOf(registry);
    this.#series = new SeriesCache(
      (model) =>
        new SeriesCache((pool) => new SeriesCache((rope) => seriesOf(families, { model, pool, rope }))),
    );
  }

  /** There from when it begins to wait, at 0: a rate over a series that appears misses its first step. */
  waitsCold(route: RouteLabels, length: PromptLength): void {
    this.#of(route).firstTokenCold.of(length);
  }

  /** Those who waited in vain too: a pool without room would look idle otherwise. */
  waited(record: RequestRecord, route: RouteLabels): void {
    this.#of(route).queue.observe(record.queueMs / 1000);
  }

  dispatched(record: RequestRecord, route: RouteLabels, length: PromptLength, totalMs: number): void {
    const series = this.#of(route);
    addTokens(series, record);
    series.retries.value += Math.max(0, record.attempts - 1);
    if (record.spilled) series.spills.value += 1;
    if (record.headroom !== null) series.headroom.observe(record.headroom);
    if (record.stream && record.firstTokenMs !== null) {
      const firstToken = record.isCold ? series.firstTokenCold : series.firstToken;
      firstToken.of(length).observe((record.firstTokenMs - record.startedMs) / 1000, traceOf(record));
    }
    if (record.outcome === 'completed') addTimes(series, record, totalMs);
  }

  #of({ model, pool, rope }: RouteLabels): RouteSeries {
    return this.#series.of(model).of(pool).of(rope);
  }
}

function traceOf({ trace }: RequestRecord): string | null {
  return trace === null ? null : trace.traceId;
}

type RouteSeries = ReturnType<typeof seriesOf>;

function addTokens(series: RouteSeries, record: RequestRecord): void {
  series.promptTokens.value += record.promptTokens ?? 0;
  series.completionTokens.value += record.completionTokens ?? 0;
  series.reasoningTokens.value += record.reasoningTokens ?? 0;
  series.cachedTokens.value += record.cachedTokens ?? 0;
  const { workerPromptTokens } = record;
  if (workerPromptTokens !== null && workerPromptTokens !== record.promptTokens) {
    series.promptCountDifferences.value += 1;
  }
}

function addTimes(series: RouteSeries, record: RequestRecord, totalMs: number): void {
  const traceId = traceOf(record);
  series.duration.observe(totalMs / 1000, traceId);
  series.overhead.observe(overheadMs(record, totalMs) / 1000, traceId);
  const { firstTokenMs, completionTokens } = record;
  if (!record.stream || firstTokenMs === null || completionTokens === null || completionTokens < 2) return;
  series.interToken.observe((record.startedMs + totalMs - firstTokenMs) / (completionTokens - 1) / 1000);
}

/**
 * The gateway's own time: all of it, less what the caller took to send the body, less waiting for room, less the time
 * the workers held the request (from hand-over to their last byte, retried attempts included). Never below 0.
 */
export function overheadMs(record: RequestRecord, totalMs: number): number {
  return Math.max(0, totalMs - (record.bodyReadMs ?? 0) - record.queueMs - record.workerMs);
}

function familiesOf(registry: Registry) {
  return {
    promptTokens: new CounterFamily(registry, METRICS.promptTokens),
    completionTokens: new CounterFamily(registry, METRICS.completionTokens),
    reasoningTokens: new CounterFamily(registry, METRICS.reasoningTokens),
    cachedTokens: new CounterFamily(registry, METRICS.cachedTokens),
    promptCountDifferences: new CounterFamily(registry, METRICS.promptCountDifferences),
    spills: new CounterFamily(registry, METRICS.spills),
    retries: new CounterFamily(registry, METRICS.retries),
    headroom: new HistogramFamily(registry, METRICS.headroom),
    firstToken: new HistogramFamily(registry, METRICS.firstToken),
    interToken: new HistogramFamily(registry, METRICS.interToken),
    duration: new HistogramFamily(registry, METRICS.duration),
    queue: new HistogramFamily(registry, METRICS.queue),
    overhead: new HistogramFamily(registry, METRICS.overhead),
  };
}

function seriesOf(families: ReturnType<typeof familiesOf>, route: RouteLabels) {
  const pool = { model: route.model, pool: route.pool };
  return {
    promptTokens: families.promptTokens.series(route),
    completionTokens: families.completionTokens.series(route),
    reasoningTokens: families.reasoningTokens.series(route),
    cachedTokens: families.cachedTokens.series(route),
    promptCountDifferences: families.promptCountDifferences.series(pool),
    spills: families.spills.series(pool),
    retries: families.retries.series(pool),
    headroom: families.headroom.series(route),
    firstToken: firstTokenSeries(families, route, 'false'),
    firstTokenCold: firstTokenSeries(families, route, 'true'),
    interToken: families.interToken.series(route),
    duration: families.duration.series(route),
    queue: families.queue.series(route),
    overhead: families.overhead.series(route),
  };
}

function firstTokenSeries(
  { firstToken }: ReturnType<typeof familiesOf>,
  route: RouteLabels,
  cold: 'true' | 'false',
) {
  return new SeriesCache((prompt_length) => firstToken.series({ ...route, prompt_length, cold }));
}
