// Pools that sleep and wake while the gateway runs, as discovery makes them: their workers are not declared, or declared.
import { StaticFleet } from '#workers';
import type { FleetUnderTest } from './fleet-under-test.ts';

interface DemandOfPool {
  readonly parked: number;
  readonly parked_tokens: number;
  readonly prefill_tokens: number;
  readonly running: number;
  readonly activation: boolean;
  readonly ready: number;
  readonly coming: number;
  readonly kv_usage: Readonly<Record<string, number>>;
}

export class SleepingPools {
  readonly #fleet: FleetUnderTest;
  readonly #asleep = new Set<string>();

  constructor(fleet: FleetUnderTest, asleep: readonly string[]) {
    this.#fleet = fleet;
    this.sleep(...asleep);
  }

  get found(): StaticFleet {
    const { fleet } = this.#fleet.gateway.ports;
    if (fleet instanceof StaticFleet) return fleet;
    throw new TypeError('not the fleet of the declarations');
  }

  sleep(...pools: readonly string[]): void {
    for (const pool of pools) this.#asleep.add(pool);
    this.#declare();
  }

  /** Resolves with the moment its first worker was ready. */
  wake(pool: string): Promise<number> {
    this.#asleep.delete(pool);
    this.#declare();
    return this.#ready(pool);
  }

  /** What scalers are told of a pool now. */
  async demand(pool: string): Promise<DemandOfPool> {
    const answer = await fetch(`${this.#fleet.gateway.opsUrl}/demand`);
    const { pools } = (await answer.json()) as { pools: Readonly<Record<string, DemandOfPool>> };
    const demand = pools[pool];
    if (demand) return demand;
    throw new RangeError(`no pool ${pool} in the demand`);
  }

  #declare(): void {
    const { pools } = this.#fleet.config({});
    this.found.declare(pools.map((pool) => (this.#asleep.has(pool.name) ? { ...pool, workers: [] } : pool)));
  }

  async #ready(pool: string): Promise<number> {
    const isReady = () =>
      this.found
        .snapshot()
        .pools.some(({ name, workers }) => name === pool && workers.some(({ state }) => state === 'ready'));
    // Looked at between any two events, so that the moment is exact.
    while (!isReady()) await new Promise((resolve) => setImmediate(resolve));
    return performance.now();
  }
}
