// Requests that wait for room, and what their waiting sets off: who may wait, for how long, and what they are told; which
// pools are being woken; what scalers are to see. The line itself, first come first served, is the fleet's: whoever is let
// in here waits there. One object a gateway.
import type { Fault } from '#protocol';
import { explainWait } from '#routing';
import type { ParkingBound, PoolParkingReading } from '#telemetry';
import type { Clock, FleetEvent, FleetSnapshot, PoolView } from '#workers';
import { isAwake } from './is-awake.ts';
import { isStuck, type ObstacleGrace } from './is-stuck.ts';
import { ParkedPlace, type ParkedSize } from './parked-place.ts';
import { type BoundSettings, ParkingBounds } from './parking-bounds.ts';
import { parkingFault } from './parking-fault.ts';
import { PoolDemand } from './pool-demand.ts';
import { SentDemand } from './sent-demand.ts';
import type { Wish } from './wish.ts';

export interface ParkingSettings extends BoundSettings, ObstacleGrace {
  readonly maxWaitMs: number;
  readonly activationMs: number;
}

export interface ParkingPorts {
  readonly clock: Clock;
  /** 0 <= value < 1. */
  readonly random: () => number;
  readonly snapshot: () => FleetSnapshot;
  readonly onColdStart: (pool: string, tookMs: number) => void;
  readonly onRefused: (pool: string, bound: ParkingBound) => void;
}

export type Parking =
  | {
      readonly isGranted: true;
      /** It may wait so much longer. */
      readonly leftMs: number;
      /** Likely, until it is on a worker. */
      readonly estimateMs: number;
      /** The pool it needs has no worker: it is being woken. */
      readonly isCold: boolean;
    }
  | { readonly isGranted: false; readonly fault: Fault; readonly estimateMs: number };

/** How often those who wait are looked after; the shortest grace is counted in seconds. */
const ATTEND_MS = 250;
/** Those who are refused together should not come back together. */
const RETRY_JITTER = 0.1;

export class ParkingLot {
  readonly #settings: ParkingSettings;
  readonly #ports: ParkingPorts;
  readonly #pools = new Map<string, PoolDemand>();
  readonly #bounds: ParkingBounds;
  #cancelAttend: (() => void) | null = null;

  constructor(settings: ParkingSettings, ports: ParkingPorts) {
    this.#settings = settings;
    this.#bounds = new ParkingBounds(settings);
    this.#ports = ports;
  }

  newPlace(size: ParkedSize, tenant: string): ParkedPlace {
    return new ParkedPlace(size, tenant, this.#ports.clock.nowMs());
  }

  /**
   * A request found no room: may it wait, and for how long? Asked again after every time it was woken in vain; one that
   * was let in is never turned away for the bounds later. Whoever asks wakes the pool, let in or not. Pair with `leave`.
   */
  park(place: ParkedPlace, wish: Wish): Parking {
    const nowMs = this.#ports.clock.nowMs();
    const demand = this.#demandOf(wish.need.name);
    // The route was chosen before others were asked (a limit, say): meanwhile a worker may have come.
    const need = this.#viewOf(wish.need.name) ?? wish.need;
    const isCold = !isAwake(need);
    if (isCold) demand.want(nowMs, this.#settings.activationMs);
    const bound = this.#boundHit(place, wish, nowMs);
    if (bound !== null) {
      this.#leave(place);
      return this.#refuse(bound, wish);
    }
    const estimateMs = this.estimateMs(need);
    this.#join(place, demand, nowMs);
    return { isGranted: true, leftMs: this.#settings.maxWaitMs - wish.waitedMs, estimateMs, isCold };
  }

  /** It waits no longer, whatever came of it. Idempotent. */
  leave(place: ParkedPlace): void {
    this.#leave(place);
  }

  /** It goes to a worker: what it adds to the demand of the pool it needs from now on. */
  send(need: PoolView, uncachedTokens: number, place: ParkedPlace | null): SentDemand {
    if (place) this.#leave(place)?.pace.moved(this.#ports.clock.nowMs());
    return new SentDemand(this.#demandOf(need.name), uncachedTokens);
  }

  /** Everybody who waits looks for a route again; for when the answer to it may have changed for all. */
  wakeAll(): void {
    for (const demand of this.#pools.values()) demand.wakeAll();
  }

  /** How long a request that needs this pool would wait if it came now, in all likelihood. */
  estimateMs(need: PoolView): number {
    const demand = this.#pools.get(need.name) ?? NOTHING_WANTED;
    return demand.estimateMs(isAwake(need), this.#ports.clock.nowMs());
  }

  /** Why a pool has nobody to give, for whoever waits for it; null while it has. */
  whyWaiting(pool: string): string | null {
    const view = this.#viewOf(pool);
    return !view || isAwake(view) ? null : `waiting for pool ${pool}: ${explainWait(view)}`;
  }

  /** What the fleet tells; the first ready worker of a pool ends its cold start. */
  noticed(event: FleetEvent): void {
    if (event.kind === 'worker-state' && event.to === 'ready') this.#workerReady(event.pool);
  }

  /** Of every pool there is, now. */
  demands(): readonly {
    readonly view: PoolView;
    readonly demand: PoolDemand;
    readonly isActivated: boolean;
  }[] {
    const nowMs = this.#ports.clock.nowMs();
    return this.#ports.snapshot().pools.map((view) => {
      // A worker that was merely stalled or shut out has no event of its own.
      if (isAwake(view)) this.#workerReady(view.name);
      const demand = this.#pools.get(view.name) ?? NOTHING_WANTED;
      return { view, demand, isActivated: demand.isActivated(nowMs) };
    });
  }

  reading(): readonly PoolParkingReading[] {
    const nowMs = this.#ports.clock.nowMs();
    return this.demands().map(({ view, demand, isActivated }) => ({
      pool: view.name,
      parked: demand.parked,
      parkedDemandTokens: demand.parkedDemandTokens,
      parkedBytes: demand.parkedBytes,
      oldestMs: demand.oldestMs(nowMs),
      outstandingTokens: demand.parkedTokens + demand.prefillTokens,
      isActivated,
      activationAgeMs: demand.activationAgeMs(nowMs),
    }));
  }

  close(): void {
    this.#cancelAttend?.();
    this.#cancelAttend = null;
  }

  #boundHit(place: ParkedPlace, wish: Wish, nowMs: number): ParkingBound | null {
    if (wish.waitedMs >= this.#settings.maxWaitMs) return 'time';
    if (wish.isUnavailable && !wish.isToSpill && this.#areStuck(wish.waitFor, nowMs)) return 'obstacle';
    return place.wasParked ? null : this.#bounds.exceededBy(place);
  }

  #areStuck(pools: readonly string[], nowMs: number): boolean {
    return pools.every((name) => {
      const view = this.#viewOf(name);
      return view !== undefined && isStuck(view, nowMs, this.#settings);
    });
  }

  #refuse(bound: ParkingBound, wish: Wish): Parking {
    this.#ports.onRefused(wish.need.name, bound);
    const estimateMs = this.#retryMs(bound, wish.need);
    const retryAfterMs = estimateMs * (1 + RETRY_JITTER * this.#ports.random());
    return { isGranted: false, fault: parkingFault(bound, wish, retryAfterMs), estimateMs };
  }

  /** When trying again makes sense. */
  #retryMs(bound: ParkingBound, need: PoolView): number {
    switch (bound) {
      case 'time':
        return this.estimateMs(need);
      case 'obstacle':
        // Once it is out of the way, a pod starts from the beginning.
        return this.#demandOf(need.name).coldStarts.p50Ms;
      case 'requests':
      case 'tokens':
      case 'bytes':
      case 'tenant':
        return Math.max(this.estimateMs(need), this.#untilAnyLeavesMs());
    }
  }

  /** Until a place becomes free here, whichever pool it is for. */
  #untilAnyLeavesMs(): number {
    const nowMs = this.#ports.clock.nowMs();
    const waits = this.#ports.snapshot().pools.flatMap((view) => {
      const demand = this.#pools.get(view.name);
      if (!demand || demand.parked === 0) return [];
      return [demand.untilNextMs(isAwake(view), nowMs)];
    });
    return waits.length === 0 ? 0 : Math.min(...waits);
  }

  #join(place: ParkedPlace, demand: PoolDemand, nowMs: number): void {
    if (demand.has(place)) return;
    // A route chosen anew may need another pool than before.
    this.#leave(place);
    demand.join(place, nowMs);
    place.wasParked = true;
    this.#bounds.add(place);
    this.#cancelAttend ??= this.#ports.clock.after(ATTEND_MS, () => this.#attend());
  }

  #leave(place: ParkedPlace): PoolDemand | null {
    for (const demand of this.#pools.values()) {
      if (!demand.has(place)) continue;
      demand.leave(place);
      this.#bounds.remove(place);
      return demand;
    }
    return null;
  }

  /** Whoever waits for a pool whose obstacle has lasted too long looks again, once, and is told so by `park`. */
  #attend(): void {
    this.#cancelAttend = null;
    if (this.#bounds.isEmpty) return;
    const nowMs = this.#ports.clock.nowMs();
    for (const view of this.#ports.snapshot().pools) {
      const demand = this.#pools.get(view.name);
      const { obstacle } = view.coming;
      if (!demand || !obstacle || demand.toldObstacleMs === obstacle.sinceMs) continue;
      if (!isStuck(view, nowMs, this.#settings)) continue;
      demand.toldObstacleMs = obstacle.sinceMs;
      demand.wakeAll();
    }
    this.#cancelAttend = this.#ports.clock.after(ATTEND_MS, () => this.#attend());
  }

  #workerReady(pool: string): void {
    const tookMs = this.#pools.get(pool)?.workerReady(this.#ports.clock.nowMs()) ?? null;
    if (tookMs !== null) this.#ports.onColdStart(pool, tookMs);
  }

  #viewOf(pool: string): PoolView | undefined {
    return this.#ports.snapshot().pools.find(({ name }) => name === pool);
  }

  #demandOf(pool: string): PoolDemand {
    const known = this.#pools.get(pool);
    if (known) return known;
    const demand = new PoolDemand();
    this.#pools.set(pool, demand);
    return demand;
  }
}

/** Shown of a pool nobody asked for yet; nothing is added to it. */
const NOTHING_WANTED = new PoolDemand();
