// Finds workers in Kubernetes and tells the fleet of them. It decides nothing about a worker's health: a pod that is
// declared still has to show the fleet that it is what its pool declares, and one that is away is found by the fleet's
// own looks while the API server is away, too.
import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '../clock.ts';
import type { PoolComing, PoolDeclaration } from '../fleet.ts';
import type { Cluster } from './cluster.ts';
import type { DiscoveryEvent } from './discovery-event.ts';
import type { DiscoverySettings } from './discovery-settings.ts';
import { Obstacles } from './obstacles.ts';
import { openSource, WATCHED } from './open-source.ts';
import { type FleetPlan, planFleet } from './plan-fleet.ts';
import type { PodSource } from './pod-source.ts';
import type { ReflectorEvent } from './reflector-event.ts';
import type { ReflectorOptions } from './reflector-options.ts';
import { ReflectorTally, type Tallied } from './reflector-tally.ts';

/** What of the fleet discovery speaks to; `StaticFleet` is one. */
export interface DiscoveredFleet {
  /** `isBoot`: the first table; what is ready in it was so before us. */
  declare(pools: readonly PoolDeclaration[], isBoot?: boolean): void;
  terminating(workerId: string): void;
  gone(workerId: string): void;
  coming(pool: string, coming: PoolComing): void;
}

export interface DiscoveryInput {
  readonly cluster: Cluster;
  readonly settings: DiscoverySettings;
  readonly pools: readonly PoolDeclaration[];
  readonly fleet: DiscoveredFleet;
  /** Told what changed; must not throw. */
  readonly log?: (event: DiscoveryEvent) => void;
  readonly options?: Partial<ReflectorOptions>;
  readonly clock?: Clock;
  /** 0 <= value < 1. */
  readonly random?: () => number;
}

export class Discovery {
  readonly #fleet: DiscoveredFleet;
  readonly #log: (event: DiscoveryEvent) => void;
  readonly #source: PodSource;
  readonly #obstacles: Obstacles;
  readonly #tally: ReflectorTally;
  readonly #mode: DiscoverySettings['mode'];
  #pools: readonly PoolDeclaration[];
  /** Pods that took work and were not asked to end since. */
  #wasReady: ReadonlySet<string> = new Set();
  #plan: FleetPlan = { pools: [], terminating: [], coming: new Map(), ignored: new Map() };
  /** What the fleet was told last, to tell it only what changed. */
  #toldPools: readonly PoolDeclaration[] | null = null;
  readonly #toldComing = new Map<string, PoolComing>();
  #toldTerminating: ReadonlySet<string> = new Set();

  constructor(input: DiscoveryInput) {
    const clock = input.clock ?? systemClock;
    this.#fleet = input.fleet;
    this.#log = input.log ?? (() => {});
    this.#pools = input.pools;
    this.#mode = input.settings.mode;
    this.#tally = new ReflectorTally(WATCHED[this.#mode]);
    this.#obstacles = new Obstacles(clock);
    const { watchMs, answerMs } = input.settings;
    this.#source = openSource({
      settings: input.settings,
      pools: input.pools,
      cluster: input.cluster,
      ports: {
        changed: () => this.#look(),
        log: (event) => this.#note(event),
        options: { watchMs, answerMs, ...input.options },
        clock,
        random: input.random ?? Math.random,
      },
    });
  }

  /** Other pools are declared: the pods that are known find their places among them. */
  declare(pools: readonly PoolDeclaration[]): void {
    this.#pools = pools;
    this.#source.redeclare(pools);
    if (this.#source.isSynced) this.#look();
    else this.#fleet.declare(pools);
  }

  /** Resolves when every list was read once, or the signal aborts. */
  synced(signal: AbortSignal): Promise<void> {
    return this.#source.synced(signal);
  }

  get reading(): DiscoveryReading {
    const readings = this.#source.readings;
    return {
      mode: this.#mode,
      isSynced: this.#source.isSynced,
      watches: readings.map(([resource, { ageMs }]) => ({ resource, ageMs })),
      trouble: readings.find(([, { trouble }]) => trouble !== null)?.[1].trouble ?? null,
      lists: this.#tally.lists,
      failures: this.#tally.failures,
      ignored: [...this.#plan.ignored].map(([pod, reason]) => ({ pod, reason })),
    };
  }

  /** The fleet stays as it is. */
  close(): Promise<void> {
    return this.#source.close();
  }

  #look(): void {
    // One list of several says nothing of the pods of the others.
    if (!this.#source.isSynced) return;
    const { found } = this.#source;
    const living = found.filter(({ isTerminating }) => !isTerminating);
    const wasReady = this.#wasReady;
    this.#wasReady = new Set(
      living.filter(({ isReady, uid }) => isReady || wasReady.has(uid)).map(({ uid }) => uid),
    );
    const plan = planFleet(this.#pools, found, this.#wasReady);
    this.#tellIgnored(plan);
    this.#plan = plan;
    this.#tellEnds(plan);
    this.#tellPools(plan);
    this.#tellComing(plan);
  }

  /**
   * Before the declaration, which would let them leave for a lesser reason. A pod that is no more was first seen asked to
   * end; one that only left the selection (somebody took its label off) is not declared any more, and finishes what it has.
   */
  #tellEnds({ terminating, pools }: FleetPlan): void {
    const now = new Set(terminating);
    const declared = new Set(pools.flatMap(({ workers }) => workers.map(({ url }) => url)));
    for (const id of this.#toldTerminating) if (!now.has(id) && !declared.has(id)) this.#fleet.gone(id);
    for (const id of now) if (!this.#toldTerminating.has(id)) this.#fleet.terminating(id);
    this.#toldTerminating = now;
  }

  #tellPools({ pools }: FleetPlan): void {
    if (isDeepStrictEqual(pools, this.#toldPools)) return;
    this.#fleet.declare(pools, this.#toldPools === null);
    this.#toldPools = pools;
  }

  #tellComing({ coming }: FleetPlan): void {
    for (const [pool, now] of this.#obstacles.judge(coming)) {
      if (isDeepStrictEqual(now, this.#toldComing.get(pool))) continue;
      this.#toldComing.set(pool, now);
      this.#fleet.coming(pool, now);
    }
  }

  #tellIgnored({ ignored }: FleetPlan): void {
    for (const [pod, reason] of ignored) {
      if (this.#plan.ignored.get(pod) !== reason) this.#log({ kind: 'pod-ignored', pod, reason });
    }
  }

  #note(event: ReflectorEvent): void {
    this.#tally.note(event);
    this.#log(event);
  }
}

/** Read at each scrape, and by /readyz. */
export interface DiscoveryReading {
  readonly mode: DiscoverySettings['mode'];
  readonly isSynced: boolean;
  readonly watches: readonly {
    readonly resource: 'pods' | 'endpointslices' | 'inferencepools';
    /** Since the API server last said something; null: never. */
    readonly ageMs: number | null;
  }[];
  /** Why some watch does not go on right now; null while all do. */
  readonly trouble: string | null;
  readonly lists: readonly Tallied<string>[];
  readonly failures: readonly Tallied<string>[];
  readonly ignored: readonly { readonly pod: string; readonly reason: string }[];
}
