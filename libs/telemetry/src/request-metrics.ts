// Turns the record of one request into metrics. Runs at the end of every request (15,000 a second on one core), so
// series are found through Maps and added to as plain numbers.
import type { Registry } from 'prom-client';
import { FAULTS } from '#protocol';
import { CappedLabel } from './capped-label.ts';
import { CounterFamily, type CounterSeries } from './counter-family.ts';
import { HistogramFamily } from './histogram-family.ts';
import { METRICS } from './metric-definitions.ts';
import { promptLength } from './prompt-length.ts';
import type { RequestRecord } from './request-record.ts';
import { type RouteLabels, RouteMetrics } from './route-metrics.ts';
import { SeriesCache } from './series-cache.ts';
import { TenantMetrics } from './tenant-metrics.ts';

/** Label of what is not known yet: the request ended before it had a model or a pool. */
const NONE = 'none';
/** Reasons are a closed set of the router's; the cap keeps a mistake there from growing series without end. */
const MAX_REASONS = 16;

interface LabelBounds {
  readonly maxTenants: number;
  /** Tells a configured model from a name a caller made up. */
  readonly isKnownModel: (model: string) => boolean;
}

export class RequestMetrics {
  readonly #routes: RouteMetrics;
  readonly #tenants: TenantMetrics;
  readonly #requests;
  readonly #faults;
  readonly #decisions;
  readonly #tokenizer;
  readonly #bodyRead;
  readonly #demand;
  readonly #reasons = new CappedLabel(MAX_REASONS, 'other');
  readonly #isKnownModel: (model: string) => boolean;

  constructor(registry: Registry, { maxTenants, isKnownModel }: LabelBounds) {
    this.#isKnownModel = isKnownModel;
    this.#routes = new RouteMetrics(registry);
    this.#tenants = new TenantMetrics(registry, maxTenants);
    this.#requests = requestsByLabels(registry);
    this.#faults = faultsByCode(registry);
    this.#decisions = decisionsByLabels(registry);
    const tokenizer = new HistogramFamily(registry, METRICS.tokenizer);
    this.#tokenizer = new SeriesCache((prompt_length) => tokenizer.series({ prompt_length }));
    const demand = new HistogramFamily(registry, METRICS.demand);
    this.#demand = new SeriesCache((model) => demand.series({ model }));
    this.#bodyRead = new HistogramFamily(registry, METRICS.bodyRead).series({});
  }

  record(record: RequestRecord, totalMs: number): void {
    const model = this.#modelLabel(record);
    const pool = record.pool ?? NONE;
    const rope = record.rope ?? NONE;
    this.#requests.of(model).of(pool).of(rope).of(record.endpoint).of(record.outcome).value += 1;
    this.#fault(record.faultCode);
    if (record.bodyReadMs !== null) this.#bodyRead.observe(record.bodyReadMs / 1000);
    this.#tenants.record(record);
    this.#measured(record, model);
    if (record.pool !== null && isCompletion(record)) this.#routed(record, { model, pool, rope }, totalMs);
  }

  waitsCold(record: RequestRecord): void {
    const { pool, stream, promptTokens } = record;
    if (pool === null || !stream) return;
    const route = { model: this.#modelLabel(record), pool, rope: record.rope ?? NONE };
    this.#routes.waitsCold(route, promptLength(promptTokens ?? 0));
  }

  #fault(code: string | null): void {
    const series = code === null ? undefined : this.#faults.get(code);
    if (series !== undefined) series.value += 1;
  }

  #measured(record: RequestRecord, model: string): void {
    if (record.promptTokens === null) return;
    if (record.countMs !== null) {
      this.#tokenizer.of(promptLength(record.promptTokens)).observe(record.countMs / 1000);
    }
    if (isCompletion(record) && record.outputBudget !== null) {
      this.#demand.of(model).observe(record.promptTokens + record.outputBudget);
    }
  }

  #routed(record: RequestRecord, route: RouteLabels, totalMs: number): void {
    this.#routes.waited(record, route);
    if (record.dispatchedMs === null) return;
    const length = promptLength(record.promptTokens ?? 0);
    const reason = this.#reasons.of(record.reason ?? NONE);
    this.#decisions.of(length).of(route.rope).of(reason).value += 1;
    this.#routes.dispatched(record, route, length, totalMs);
  }

  #modelLabel(record: RequestRecord): string {
    if (record.model === null) return NONE;
    return record.pool !== null || this.#isKnownModel(record.model) ? record.model : 'unknown';
  }
}

/** Counting and explaining are no load of a pool. */
function isCompletion(record: RequestRecord): boolean {
  return record.endpoint === 'chat' || record.endpoint === 'text';
}

function requestsByLabels(registry: Registry) {
  const family = new CounterFamily(registry, METRICS.requests);
  const cache = <Kept>(make: (label: string) => Kept) => new SeriesCache(make);
  return cache((model) =>
    cache((pool) =>
      cache((rope) =>
        cache((endpoint) => cache((outcome) => family.series({ endpoint, model, pool, rope, outcome }))),
      ),
    ),
  );
}

function decisionsByLabels(registry: Registry) {
  const family = new CounterFamily(registry, METRICS.routeDecisions);
  return new SeriesCache(
    (prompt_length) =>
      new SeriesCache((rope) => new SeriesCache((reason) => family.series({ prompt_length, rope, reason }))),
  );
}

/** Every code of the catalogue is there from the start, at 0: a rate over a series that appears misses its first step. */
function faultsByCode(registry: Registry): ReadonlyMap<string, CounterSeries<'code' | 'owner'>> {
  const family = new CounterFamily(registry, METRICS.faults);
  return new Map(Object.entries(FAULTS).map(([code, { owner }]) => [code, family.series({ code, owner })]));
}
