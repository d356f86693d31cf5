// The fleet at the moment of a scrape. Read then and not kept, so that a worker's series go when it goes.
import type { Registry } from 'prom-client';
import { type Rope, ropeName } from '#protocol';
import { METRICS } from './metric-definitions.ts';
import { type DefinitionWith, watchGauge } from './watched-metrics.ts';

const WORKER_STATES = ['starting', 'ready', 'down', 'draining', 'quarantined'] as const;
/** Those of the workers, which telemetry does not import: test/docs/quarantine.spec.ts holds the two together. */
type QuarantineCause =
  | 'window'
  | 'served-name'
  | 'labels'
  | 'tokenizer'
  | 'unlike-vllm'
  | 'key'
  | 'asleep'
  | 'address';
const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;

/** What telemetry needs of a worker; the fleet's view fits. */
export interface WorkerReading {
  readonly id: string;
  readonly state: (typeof WORKER_STATES)[number];
  /** null or absent: it is not quarantined. */
  readonly quarantine?: QuarantineCause | null;
  /** Of the certificate it showed; null or absent: without TLS. */
  readonly certificate?: { readonly notBeforeMs: number; readonly notAfterMs: number } | null;
  readonly breaker: (typeof BREAKER_STATES)[number];
  readonly share: number;
  readonly isRefusing: boolean;
  readonly isStalled: boolean;
  readonly load: {
    readonly requests: number;
    readonly queuedTokens: number;
    readonly kvTokensUsed: number;
    readonly kvTokens: number;
  };
  /** Since the worker's own metrics were last read; null or absent: never. */
  readonly scrapeAgeMs?: number | null;
}

interface PoolReading {
  readonly name: string;
  readonly model: string;
  readonly rope: Rope;
  readonly windowTokens: number;
  readonly workers: readonly WorkerReading[];
  /** Absent where pods are not known of. */
  readonly coming?: { readonly pods: number; readonly obstacle: unknown };
}

/** A FleetSnapshot is one. */
export interface FleetReading {
  readonly pools: readonly PoolReading[];
}

/** Registers the fleet's gauges; `read` is called once a gauge at each scrape. */
export function watchFleet(registry: Registry, read: () => FleetReading): void {
  watchPools(registry, read);
  const gauge = (
    definition: DefinitionWith<'pool' | 'worker'>,
    value: (worker: WorkerReading) => number | null,
  ) =>
    watchGauge(registry, definition, (set) => {
      eachWorker(read(), (pool, worker) => {
        const now = value(worker);
        if (now !== null) set({ pool, worker: worker.id }, now);
      });
    });
  gauge(METRICS.workerShare, (worker) => worker.share);
  gauge(METRICS.workerRefusing, (worker) => Number(worker.isRefusing));
  gauge(METRICS.workerStalled, (worker) => Number(worker.isStalled));
  gauge(METRICS.workerRequests, (worker) => worker.load.requests);
  gauge(METRICS.workerQueuedTokens, (worker) => worker.load.queuedTokens);
  gauge(METRICS.workerKvUsed, (worker) => worker.load.kvTokensUsed);
  gauge(METRICS.workerKvCapacity, (worker) => worker.load.kvTokens);
  gauge(METRICS.workerScrapeAge, ({ scrapeAgeMs }) => (scrapeAgeMs == null ? null : scrapeAgeMs / 1000));
  watchGauge(registry, METRICS.workerQuarantine, (set) => {
    eachWorker(read(), (pool, { id, quarantine }) => {
      if (quarantine != null) set({ pool, worker: id, cause: quarantine }, 1);
    });
  });
  watchStates(registry, METRICS.workerState, WORKER_STATES, read, (worker) => worker.state);
  watchStates(registry, METRICS.breakerState, BREAKER_STATES, read, (worker) => worker.breaker);
}

function watchPools(registry: Registry, read: () => FleetReading): void {
  watchGauge(registry, METRICS.poolWindow, (set) => {
    for (const { model, name, rope, windowTokens } of read().pools) {
      set({ model, pool: name, rope: ropeName(rope) }, windowTokens);
    }
  });
  watchGauge(registry, METRICS.poolComing, (set) => {
    for (const { name, coming } of read().pools) set({ pool: name }, coming?.pods ?? 0);
  });
  watchGauge(registry, METRICS.poolStuck, (set) => {
    for (const { name, coming } of read().pools)
      set({ pool: name }, Number((coming?.obstacle ?? null) !== null));
  });
}

function watchStates(
  registry: Registry,
  definition: DefinitionWith<'pool' | 'worker' | 'state'>,
  states: readonly string[],
  read: () => FleetReading,
  stateOf: (worker: WorkerReading) => string,
): void {
  watchGauge(registry, definition, (set) => {
    eachWorker(read(), (pool, worker) => {
      const now = stateOf(worker);
      for (const state of states) set({ pool, worker: worker.id, state }, Number(state === now));
    });
  });
}

export function eachWorker(fleet: FleetReading, visit: (pool: string, worker: WorkerReading) => void): void {
  for (const pool of fleet.pools) for (const worker of pool.workers) visit(pool.name, worker);
}
