// The fleet of the declarations: workers come and go when they are declared, and are looked at all the time. Discovery in
// Kubernetes stands in front of it and calls `declare`, `terminating`, `gone` and `coming`.
import { WorkerAsker } from './ask-worker.ts';
import type { TokenizerProbe } from './check-tokenizer.ts';
import { type Clock, systemClock } from './clock.ts';
import {
  type Fleet,
  type FleetSnapshot,
  type Lease,
  type LeaseTerms,
  NOTHING_COMING,
  type PoolComing,
  type PoolDeclaration,
  type PoolView,
} from './fleet.ts';
import type { FleetEvent } from './fleet-event.ts';
import { DEFAULT_FLEET_OPTIONS, type FleetOptions } from './fleet-options.ts';
import { WaitingRoom } from './waiting-room.ts';
import { type DeclaredWorker, Worker, type WorkerPorts } from './worker.ts';
import { workerEndpoint } from './worker-endpoint.ts';
import { WorkerWatch } from './worker-watch.ts';

export interface StaticFleetInput {
  readonly pools: readonly PoolDeclaration[];
  readonly options?: Partial<FleetOptions>;
  /** Prompts whose exact count we know; every worker must count the same. */
  readonly tokenizerProbes?: readonly TokenizerProbe[];
  /** Told what changed; must not throw. */
  readonly log?: (event: FleetEvent) => void;
  readonly clock?: Clock;
  /** 0 <= value < 1. */
  readonly random?: () => number;
}

export class StaticFleet implements Fleet {
  readonly #options: FleetOptions;
  readonly #tokenizerProbes: readonly TokenizerProbe[];
  readonly #log: (event: FleetEvent) => void;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #asker: WorkerAsker;
  readonly #room: WaitingRoom;
  readonly #watches = new Map<string, WorkerWatch>();
  /** Watches of workers that left, until their last question ended. */
  readonly #closing = new Set<Promise<void>>();
  readonly #coming = new Map<string, PoolComing>();
  #declared: readonly PoolDeclaration[] = [];
  #snapshot: FleetSnapshot = { pools: [] };
  #isClosed = false;
  #cancelTick: () => void = () => {};

  constructor(input: StaticFleetInput) {
    this.#options = { ...DEFAULT_FLEET_OPTIONS, ...input.options };
    this.#tokenizerProbes = input.tokenizerProbes ?? [];
    this.#log = input.log ?? (() => {});
    this.#clock = input.clock ?? systemClock;
    this.#random = input.random ?? Math.random;
    this.#asker = new WorkerAsker(this.#clock);
    this.#room = new WaitingRoom(this.#options, { clock: this.#clock, soon: setImmediate });
    this.declare(input.pools, true);
    this.#tickLater();
  }

  snapshot(): FleetSnapshot {
    return this.#snapshot;
  }

  lease(workerId: string, terms: LeaseTerms): Lease | null {
    if (this.#isClosed) return null;
    const lease = this.#watches.get(workerId)?.worker.lease(terms) ?? null;
    if (lease !== null) this.#room.placeTaken();
    return lease;
  }

  async waitForRoom(pools: readonly string[], signal: AbortSignal, who: object = signal): Promise<boolean> {
    if (this.#isClosed) return false;
    await this.#room.wait(pools, signal, who);
    return true;
  }

  /** Requests that wait for room in a pool, among others. */
  waitingFor(pool: string): number {
    return this.#room.waitingFor(pool);
  }

  /**
   * Throws before anything changed when a URL is not an http(s) origin or is declared twice. `isBoot`: these workers were
   * there before us, and have worked for others: found ready at once, they get their whole share.
   */
  declare(pools: readonly PoolDeclaration[], isBoot = false): void {
    const declared = endpointsOf(pools);
    this.#declared = pools;
    for (const worker of declared.values()) this.#welcome(worker, isBoot);
    for (const { worker } of [...this.#watches.values()]) {
      if (!declared.has(worker.id) && !worker.isLeaving) worker.leave('no longer declared');
    }
    this.#takeSnapshot();
  }

  /** Its pod is going: no new requests; what runs may finish, unless it falls silent. */
  terminating(workerId: string): void {
    this.#watches.get(workerId)?.worker.leave('its pod is terminating');
  }

  /** Its pod is no more: its requests are ended at once. */
  gone(workerId: string): void {
    this.#watches.get(workerId)?.worker.vanish('its pod is gone');
  }

  /** What is on its way to a pool; whoever finds pods says so whenever it changes. */
  coming(pool: string, coming: PoolComing): void {
    this.#coming.set(pool, coming);
    this.#takeSnapshot();
    this.#room.roomAppeared(pool);
  }

  async firstLook(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    signal.addEventListener('abort', stop, { once: true });
    const looks = Promise.all(this.#watches.values().map((watch) => watch.firstLook));
    await Promise.race([looks, aborted]);
    signal.removeEventListener('abort', stop);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTick();
    this.#room.close();
    for (const watch of this.#watches.values()) this.#closing.add(watch.close());
    await Promise.all(this.#closing);
    this.#asker.close();
  }

  #welcome(declared: DeclaredWorker, isBoot: boolean): void {
    const { id } = declared.endpoint;
    const known = this.#watches.get(id);
    if (known === undefined || this.#isOfOtherPod(known.worker, declared)) {
      const worker = new Worker(declared, this.#workerPorts());
      this.#watches.set(id, this.#watch(worker, isBoot));
    } else if (known.worker.redeclare(declared)) known.verifyNow();
  }

  /** The pod that had the address is no more: its requests are ended, and nothing of it is carried over. */
  #isOfOtherPod(known: Worker, { worker: { uid } }: DeclaredWorker): boolean {
    if (known.uid === null || uid === undefined || known.uid === uid) return false;
    known.vanish('another pod has its address');
    this.#forget(known);
    return true;
  }

  #watch(worker: Worker, isBoot: boolean): WorkerWatch {
    return new WorkerWatch(worker, {
      options: this.#options,
      clock: this.#clock,
      random: this.#random,
      asker: this.#asker,
      log: this.#log,
      tokenizerProbes: this.#tokenizerProbes,
      scrapeIntervalMs: () => this.#scrapeIntervalMs(),
      isBoot,
    });
  }

  #workerPorts(): WorkerPorts {
    return {
      options: this.#options,
      nowMs: () => this.#clock.nowMs(),
      random: this.#random,
      log: this.#log,
      roomAppeared: (worker) => this.#room.roomAppeared(worker.pool),
      suspect: (worker) => this.#watches.get(worker.id)?.lookNow(),
      emptied: (worker) => this.#forget(worker),
    };
  }

  /** Each worker is scraped at its own pace; all together stay under the bound however many they are. */
  #scrapeIntervalMs(): number {
    const { scrapeIntervalMs, scrapesPerSecond } = this.#options;
    return Math.max(scrapeIntervalMs, (this.#watches.size / scrapesPerSecond) * 1_000);
  }

  #forget(worker: Worker): void {
    const watch = this.#watches.get(worker.id);
    if (watch === undefined || watch.worker !== worker) return;
    this.#watches.delete(worker.id);
    const closing = watch.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    this.#log({ kind: 'worker-gone', worker: worker.id, pool: worker.pool });
    this.#takeSnapshot();
  }

  #takeSnapshot(): void {
    const workers = [...this.#watches.values()].map((watch) => watch.worker);
    this.#snapshot = {
      pools: this.#declared.map((pool) =>
        poolView(pool, workers, this.#coming.get(pool.name) ?? NOTHING_COMING),
      ),
    };
  }

  #tickLater(): void {
    this.#cancelTick = this.#clock.after(this.#options.tickMs, () => {
      const nowMs = this.#clock.nowMs();
      for (const watch of [...this.#watches.values()]) {
        const { worker } = watch;
        if (worker.tick(nowMs)) watch.lookAgainAfter(this.#options.silentMs);
        // Not one that is asleep or going: nothing new is sent there anyway.
        if (worker.isStalled && worker.state === 'ready') watch.askForToken();
      }
      this.#tickLater();
    });
  }
}

function poolView(pool: PoolDeclaration, workers: readonly Worker[], coming: PoolComing): PoolView {
  const { name, model, servedName, rope, windowTokens } = pool;
  return {
    name,
    model,
    servedName,
    rope,
    windowTokens,
    workers: workers.filter((worker) => worker.pool === name),
    coming,
  };
}

function endpointsOf(pools: readonly PoolDeclaration[]): ReadonlyMap<string, DeclaredWorker> {
  const declared = new Map<string, DeclaredWorker>();
  for (const pool of pools) {
    for (const worker of pool.workers) {
      const endpoint = workerEndpoint(worker, pool);
      const other = declared.get(endpoint.id);
      if (other !== undefined) {
        throw new TypeError(
          `worker ${endpoint.id} is declared in pool ${other.pool.name} and in pool ${pool.name}`,
        );
      }
      declared.set(endpoint.id, { pool, worker, endpoint });
    }
  }
  return declared;
}
