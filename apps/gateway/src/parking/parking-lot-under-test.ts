// A parking lot whose time is moved by hand, in front of pools that are plain values, and what it told.
import type { ParkingBound } from '#telemetry';
import { NOTHING_COMING, type Obstacle, type PoolView, type WorkerView } from '#workers';
import { ManualClock } from '../../../../libs/workers/testing/manual-clock.ts';
import { ParkingLot, type ParkingPorts, type ParkingSettings } from './parking-lot.ts';
import type { Wish } from './wish.ts';

const settings: ParkingSettings = {
  maxRequests: 3,
  maxTokens: 10_000,
  maxBytes: 10_000,
  maxTenantShare: 1,
  maxWaitMs: 120_000,
  activationMs: 900_000,
  unschedulableMs: 600_000,
  obstacleMs: 20_000,
};

export function aParkingLot(ports: Partial<ParkingPorts> = {}, changed: Partial<ParkingSettings> = {}) {
  const clock = new ManualClock();
  const told = { coldStarts: [] as [string, number][], refused: [] as [string, ParkingBound][] };
  const fleet = { pools: [aPool('default'), aPool('yarn-4')] };
  const parking = new ParkingLot(
    { ...settings, ...changed },
    {
      clock,
      random: () => 0,
      snapshot: () => fleet,
      onColdStart: (pool, tookMs) => told.coldStarts.push([pool, tookMs]),
      onRefused: (pool, bound) => told.refused.push([pool, bound]),
      ...ports,
    },
  );
  const set = (pool: PoolView): PoolView => {
    fleet.pools = fleet.pools.map((old) => (old.name === pool.name ? pool : old));
    return pool;
  };
  const wish = (pool: string, changes: Partial<Wish> = {}): Wish => {
    const need = fleet.pools.find(({ name }) => name === pool) ?? aPool(pool);
    const isUnavailable = need.workers.length === 0;
    return { need, waitFor: [pool], isUnavailable, isToSpill: false, waitedMs: 0, ...changes };
  };
  /** A request that came just now. */
  const come = (pool = 'yarn-4', promptTokens = 1_000, changes: Partial<Wish> = {}, tenant = 'acme') => {
    const size = { promptTokens, demandTokens: promptTokens + 500, bodyBytes: 2 * promptTokens };
    const place = parking.newPlace(size, tenant);
    return { place, parked: parking.park(place, wish(pool, changes)) };
  };
  const demandOf = (pool: string) => {
    const found = parking.demands().find(({ view }) => view.name === pool);
    if (!found) throw new Error(`no pool ${pool}`);
    return found;
  };
  const becomeReady = (pool: string) => {
    set(aPool(pool, { workers: [aWorker(pool)] }));
    const event = { worker: `http://${pool}:8000`, pool, from: 'starting', to: 'ready', reason: '' } as const;
    parking.noticed({ kind: 'worker-state', ...event });
  };
  return { parking, clock, told, set, wish, come, demandOf, becomeReady };
}

export function aPool(name: string, changes: Partial<PoolView> = {}): PoolView {
  return {
    name,
    model: 'qwq-32b',
    servedName: 'QwQ-32B',
    rope: name === 'default' ? { type: 'default', factor: 1 } : { type: 'yarn', factor: 4 },
    windowTokens: name === 'default' ? 40_960 : 131_072,
    workers: [],
    coming: NOTHING_COMING,
    ...changes,
  };
}

export function aStuckPool(name: string, obstacle: Obstacle): PoolView {
  return aPool(name, { coming: { pods: 1, obstacle } });
}

export function aWorker(pool: string, changes: Partial<WorkerView> = {}): WorkerView {
  return {
    id: `http://${pool}:8000`,
    pool,
    state: 'ready',
    reason: '',
    share: 1,
    isRefusing: false,
    isStalled: false,
    breaker: 'closed',
    load: {
      requests: 0,
      promptTokens: 0,
      queuedTokens: 0,
      kvTokensUsed: 0,
      kvTokens: 450_000,
      scrapedKvUsage: null,
    },
    matchPrefix: () => 0,
    ...changes,
  };
}
