// What waits for room, and which pools are being woken: read at each scrape; cold starts and refusals as they happen.
import type { Registry } from 'prom-client';
import { CounterFamily } from './counter-family.ts';
import { HistogramFamily } from './histogram-family.ts';
import { METRICS } from './metric-definitions.ts';
import { SeriesCache } from './series-cache.ts';
import { type DefinitionWith, watchGauge } from './watched-metrics.ts';

const BOUNDS = ['requests', 'tokens', 'bytes', 'tenant', 'time', 'obstacle'] as const;
/** What ended a wait, or kept it from beginning. */
export type ParkingBound = (typeof BOUNDS)[number];

/** One pool's, of requests whose smallest fitting pool it is. */
export interface PoolParkingReading {
  readonly pool: string;
  readonly parked: number;
  /** Prompts and output budgets of what is parked. */
  readonly parkedDemandTokens: number;
  readonly parkedBytes: number;
  readonly oldestMs: number;
  /** Prompt tokens parked or sent and without a first token. */
  readonly outstandingTokens: number;
  readonly isActivated: boolean;
  /** Since a pool without a worker was first asked for; 0 when it is not being woken. */
  readonly activationAgeMs: number;
}

export interface ParkingMetrics {
  coldStart(pool: string, tookMs: number): void;
  parkingRefused(pool: string, bound: ParkingBound): void;
}

export function watchParking(registry: Registry, read: () => readonly PoolParkingReading[]): ParkingMetrics {
  const gauge = (definition: DefinitionWith<'pool'>, value: (pool: PoolParkingReading) => number) =>
    watchGauge(registry, definition, (set) => {
      for (const pool of read()) set({ pool: pool.pool }, value(pool));
    });
  gauge(METRICS.parkedTokens, ({ parkedDemandTokens }) => parkedDemandTokens);
  gauge(METRICS.parkedBytes, ({ parkedBytes }) => parkedBytes);
  gauge(METRICS.parkedOldest, ({ oldestMs }) => oldestMs / 1_000);
  gauge(METRICS.outstandingTokens, ({ outstandingTokens }) => outstandingTokens);
  gauge(METRICS.poolActivationAge, ({ activationAgeMs }) => activationAgeMs / 1_000);
  gauge(METRICS.poolActivation, ({ isActivated }) => Number(isActivated));
  const starts = new HistogramFamily(registry, METRICS.coldStart);
  const startsOf = new SeriesCache((pool) => starts.series({ pool }));
  const refusals = new CounterFamily(registry, METRICS.parkingRefusals);
  const refusalsOf = new SeriesCache((pool) => new SeriesCache((bound) => refusals.series({ pool, bound })));
  gauge(METRICS.parkedRequests, ({ pool, parked }) => {
    // There from the first scrape, at 0: a rate over a series that appears misses its first step, and pools wake rarely.
    startsOf.of(pool);
    for (const bound of BOUNDS) refusalsOf.of(pool).of(bound);
    return parked;
  });
  return {
    coldStart: (pool, tookMs) => startsOf.of(pool).observe(tookMs / 1_000),
    parkingRefused: (pool, bound) => {
      refusalsOf.of(pool).of(bound).value += 1;
    },
  };
}
