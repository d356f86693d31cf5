// What happened, and how long did it take? One call at the end of a request; readings are taken at each scrape.
import type { IncomingHttpHeaders } from 'node:http';
import { performance } from 'node:perf_hooks';
import { type OpenMetricsContentType, Registry } from 'prom-client';
import type { Fault } from '#protocol';
import { type BoundsReading, NO_BOUNDS, watchBounds } from './bound-metrics.ts';
import { type CertificateReading, watchCertificates, workerCertificates } from './certificate-metrics.ts';
import type { ProcessLogger } from './create-logger.ts';
import { DebugLog, type Followed } from './debug-log.ts';
import { type DiscoveryReading, watchDiscovery } from './discovery-metrics.ts';
import { type Exposition, writeExposition } from './exposition.ts';
import { type FleetReading, watchFleet } from './fleet-metrics.ts';
import { type GatewayMetrics, type InFlight, watchGateway } from './gateway-metrics.ts';
import { openMetricsOf } from './open-metrics.ts';
import {
  type ParkingBound,
  type ParkingMetrics,
  type PoolParkingReading,
  watchParking,
} from './parking-metrics.ts';
import { type ProcessWatch, watchProcess } from './process-metrics.ts';
import { RecentRequests } from './recent-requests.ts';
import type { ReloadResult } from './reload-metrics.ts';
import { logRequest } from './request-log.ts';
import { RequestMetrics } from './request-metrics.ts';
import type { RequestRecord } from './request-record.ts';
import { NO_STATE, type StateReading, watchState } from './state-metrics.ts';
import { DEFAULT_MAX_TENANTS } from './tenant-metrics.ts';
import type { Tracing } from './tracing/tracing.ts';
import { watchTracing } from './tracing/tracing-metrics.ts';
import { wantsOpenMetrics } from './wants-open-metrics.ts';

interface TelemetryPorts {
  readonly log: ProcessLogger;
  /** Version of Ropeway, for ropeway_build_info. */
  readonly version: string;
  /** Tenants with a label of their own; the rest share `other`. Default 200. */
  readonly maxTenants?: number;
  /** Ended requests kept for whoever asks; 0 by default. */
  readonly keepRequests?: number;
  /** null: no traces. */
  readonly tracing?: Tracing | null;
}

export class Telemetry {
  readonly recent: RecentRequests;
  /** What is going on right now: whoever begins something adds to it, and takes it off in `finally`. */
  readonly inFlight: InFlight = { requests: 0, waiting: 0, streams: 0, bodyBytes: 0 };
  readonly #registry = new Registry();
  #openRegistry: Registry<OpenMetricsContentType> | null = null;
  readonly #log: ProcessLogger;
  readonly #debug: DebugLog;
  readonly #requests: RequestMetrics;
  readonly #gateway: GatewayMetrics;
  readonly #process: ProcessWatch;
  readonly #parking: ParkingMetrics;
  readonly #tracing: Tracing | null;
  #fleet: () => FleetReading = () => ({ pools: [] });
  #state: () => StateReading = () => NO_STATE;
  #parked: () => readonly PoolParkingReading[] = () => [];
  #discovery: () => DiscoveryReading | null = () => null;
  #bounds = NO_BOUNDS;
  #certificates: readonly CertificateReading[] = [];

  constructor({
    log,
    version,
    maxTenants = DEFAULT_MAX_TENANTS,
    keepRequests = 0,
    tracing = null,
  }: TelemetryPorts) {
    this.recent = new RecentRequests(keepRequests);
    this.#log = log;
    this.#debug = new DebugLog(log);
    this.#tracing = tracing;
    this.#requests = new RequestMetrics(this.#registry, {
      maxTenants,
      isKnownModel: (model) => this.#isServed(model),
    });
    this.#gateway = watchGateway(this.#registry, {
      inFlight: this.inFlight,
      version,
      droppedLines: log.droppedLines,
      pools: () => this.#fleet().pools.map(({ name }) => name),
    });
    watchFleet(this.#registry, () => this.#fleet());
    watchState(this.#registry, () => this.#state());
    this.#parking = watchParking(this.#registry, () => this.#parked());
    watchDiscovery(this.#registry, () => this.#discovery());
    watchTracing(this.#registry, tracing);
    watchBounds(this.#registry, () => this.#bounds);
    watchCertificates(this.#registry, () => [...this.#certificates, ...workerCertificates(this.#fleet())]);
    this.#process = watchProcess(this.#registry);
  }

  /** Call first of all: what is done for a sampled request is part of its trace from then on. */
  begin(record: RequestRecord, headers: IncomingHttpHeaders): void {
    if (this.#tracing !== null) record.trace = this.#tracing.begin(record, headers);
  }

  /** Call once a request, last of all. Costs about 3 us; waits for nothing. */
  record(record: RequestRecord): void {
    const endedMs = record.endedMs ?? performance.now();
    const totalMs = endedMs - record.startedMs;
    this.#requests.record(record, totalMs);
    record.trace?.end(record, endedMs);
    logRequest(this.#log, record, totalMs);
    this.#debug.record(record, endedMs);
    this.recent.add(record);
  }

  /** A request has to wait for a pool without a ready worker. Idempotent. */
  waitsCold(record: RequestRecord): void {
    this.#requests.waitsCold(record);
  }

  /** A request without a record (models, limits, usage) ended with this fault: those of ours leave a line, with their cause. */
  fault(fault: Fault, requestId: string): void {
    if (fault.status < 500) return;
    const cause = fault.cause === undefined ? {} : { err: fault.cause };
    this.#log.logger.error({ request_id: requestId, fault: fault.code, ...cause }, 'request failed');
  }

  /** Where the fleet is read from at each scrape. */
  setFleet(read: () => FleetReading): void {
    this.#fleet = read;
  }

  /** Where limits, ledger and keys are read from at each scrape. */
  setState(read: () => StateReading): void {
    this.#state = read;
  }

  /** Where what waits, and what is being woken, is read from at each scrape. */
  setParking(read: () => readonly PoolParkingReading[]): void {
    this.#parked = read;
  }

  /** A pool that had no worker has one. */
  coldStart(pool: string, tookMs: number): void {
    this.#parking.coldStart(pool, tookMs);
  }

  /** A request may not wait, or no longer. */
  parkingRefused(pool: string, bound: ParkingBound): void {
    this.#parking.parkingRefused(pool, bound);
  }

  /** Where finding workers is read from at each scrape; null where the configuration names them. */
  setDiscovery(read: () => DiscoveryReading | null): void {
    this.#discovery = read;
  }

  /** The configuration's bounds that alerts compare with. */
  setBounds(bounds: BoundsReading): void {
    this.#bounds = bounds;
  }

  /** Certificates of the configuration; those of workers come with the fleet. */
  setCertificates(certificates: readonly CertificateReading[]): void {
    this.#certificates = certificates;
  }

  /** A look at a worker found that it counts otherwise than we do. `detail` names the sample, not a caller's prompt. */
  tokenizerMismatch(found: {
    readonly pool: string;
    readonly worker: string;
    readonly detail: string;
  }): void {
    this.#gateway.tokenizerMismatch(found.pool);
    this.#log.logger.error(found, 'tokenizer mismatch');
  }

  /** Whose requests leave a line a step, from now on. */
  follow(followed: Followed): void {
    this.#debug.follow(followed);
  }

  configReloaded(result: ReloadResult): void {
    this.#gateway.configReloaded(result);
  }

  /** What /metrics answers. OpenMetrics only for its exemplars: where there are traces, and to whoever asks for it. */
  exposition(accept = ''): Promise<Exposition> {
    if (this.#tracing === null || !wantsOpenMetrics(accept)) return writeExposition(this.#registry);
    this.#openRegistry ??= openMetricsOf(this.#registry);
    return writeExposition(this.#openRegistry);
  }

  /** Ends the event-loop and garbage-collection watches; for tests and shutdown. */
  close(): void {
    this.#process.close();
  }

  #isServed(model: string): boolean {
    return this.#fleet().pools.some((pool) => pool.model === model);
  }
}
