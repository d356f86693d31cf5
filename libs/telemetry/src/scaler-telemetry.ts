// What the scaler shows at /metrics: what it knows of the gateways, and what it tells KEDA.
import { Registry } from 'prom-client';
import { watchBuild } from './build-metrics.ts';
import { type CertificateReading, watchCertificates } from './certificate-metrics.ts';
import { CounterFamily } from './counter-family.ts';
import { type DiscoveryReading, watchDiscovery } from './discovery-metrics.ts';
import { type Exposition, writeExposition } from './exposition.ts';
import { METRICS } from './metric-definitions.ts';
import { type ProcessWatch, watchProcess } from './process-metrics.ts';
import { type ReloadMetrics, type ReloadResult, watchReloads } from './reload-metrics.ts';
import { SeriesCache } from './series-cache.ts';
import { watchGauge, watchValue } from './watched-metrics.ts';

const GATEWAY_STATES = ['answering', 'silent', 'skipped', 'awaited'] as const;
const POLL_ANSWERS = ['read', 'late', 'unreachable', 'refused', 'unreadable'] as const;
const METHODS = ['IsActive', 'StreamIsActive', 'GetMetricSpec', 'GetMetrics'] as const;
const STATUSES = ['OK', 'UNAVAILABLE', 'NOT_FOUND', 'INVALID_ARGUMENT'] as const;

export type GatewayState = (typeof GATEWAY_STATES)[number];
export type PollAnswer = (typeof POLL_ANSWERS)[number];
export type ScalerMethod = (typeof METHODS)[number];
export type ScalerStatus = (typeof STATUSES)[number];

/** What is read at each scrape. */
export interface ScalerReading {
  readonly gateways: readonly GatewayState[];
  readonly isWhole: boolean;
  /** Of every pool, also while the scaler does not know; then they are not shown. */
  readonly pools: readonly {
    readonly name: string;
    readonly demandTokens: number;
    readonly kvUsage: number;
    readonly isActive: boolean;
    readonly streams: number;
  }[];
}

const NOTHING: ScalerReading = { gateways: [], isWhole: false, pools: [] };

interface ScalerTelemetryOptions {
  /** Version of Ropeway, for ropeway_build_info. */
  readonly version: string;
  readonly droppedLines: () => number;
}

export class ScalerTelemetry {
  readonly #registry = new Registry();
  readonly #polls: SeriesCache<{ value: number }>;
  readonly #answers: SeriesCache<SeriesCache<{ value: number }>>;
  readonly #reloads: ReloadMetrics;
  readonly #process: ProcessWatch;
  #read: () => ScalerReading = () => NOTHING;
  #discovery: () => DiscoveryReading | null = () => null;
  #certificates: () => readonly CertificateReading[] = () => [];

  constructor({ version, droppedLines }: ScalerTelemetryOptions) {
    watchStanding(this.#registry, () => this.#read());
    watchPools(this.#registry, () => this.#read());
    this.#polls = countPolls(this.#registry);
    this.#answers = countAnswers(this.#registry);
    watchDiscovery(this.#registry, () => this.#discovery());
    watchCertificates(this.#registry, () => this.#certificates());
    watchBuild(this.#registry, version, droppedLines);
    this.#reloads = watchReloads(this.#registry);
    this.#process = watchProcess(this.#registry);
  }

  /** Where the state is read from at each scrape. */
  setReading(read: () => ScalerReading): void {
    this.#read = read;
  }

  /** Where finding gateways is read from; null where the configuration names them. */
  setDiscovery(read: () => DiscoveryReading | null): void {
    this.#discovery = read;
  }

  /** Where the certificates of the gRPC port are read from: they are renewed while it runs. */
  setCertificates(read: () => readonly CertificateReading[]): void {
    this.#certificates = read;
  }

  polled(answer: PollAnswer): void {
    this.#polls.of(answer).value += 1;
  }

  answered(method: ScalerMethod, status: ScalerStatus): void {
    this.#answers.of(method).of(status).value += 1;
  }

  configReloaded(result: ReloadResult): void {
    this.#reloads.configReloaded(result);
  }

  exposition(): Promise<Exposition> {
    return writeExposition(this.#registry);
  }

  close(): void {
    this.#process.close();
  }
}

function watchStanding(registry: Registry, read: () => ScalerReading): void {
  watchGauge(registry, METRICS.scalerGateways, (set) => {
    const { gateways } = read();
    for (const state of GATEWAY_STATES) set({ state }, gateways.filter((each) => each === state).length);
  });
  watchValue(registry, METRICS.scalerWhole, () => Number(read().isWhole));
}

function watchPools(registry: Registry, read: () => ScalerReading): void {
  const known = () => (read().isWhole ? read().pools : []);
  watchGauge(registry, METRICS.scalerDemand, (set) => {
    for (const { name: pool, demandTokens } of known()) set({ pool }, demandTokens);
  });
  watchGauge(registry, METRICS.scalerKvUsage, (set) => {
    for (const { name: pool, kvUsage } of known()) set({ pool }, kvUsage);
  });
  watchGauge(registry, METRICS.scalerActive, (set) => {
    for (const { name: pool, isActive } of known()) set({ pool }, Number(isActive));
  });
  watchGauge(registry, METRICS.scalerStreams, (set) => {
    for (const { name: pool, streams } of read().pools) set({ pool }, streams);
  });
}

/** All series from the start, at 0, so that a rate sees the first one. */
function countPolls(registry: Registry): SeriesCache<{ value: number }> {
  const family = new CounterFamily(registry, METRICS.scalerPolls);
  const series = new SeriesCache((answer) => family.series({ answer }));
  for (const answer of POLL_ANSWERS) series.of(answer);
  return series;
}

function countAnswers(registry: Registry): SeriesCache<SeriesCache<{ value: number }>> {
  const family = new CounterFamily(registry, METRICS.scalerAnswers);
  const methods = new SeriesCache((method) => new SeriesCache((status) => family.series({ method, status })));
  for (const method of METHODS) for (const status of STATUSES) methods.of(method).of(status);
  return methods;
}
