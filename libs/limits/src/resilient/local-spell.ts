// Counting in this process alone while Redis is away: each of the gateways that shared a limit grants its equal part of it,
// beginning with how the limit stood. What was granted is owed to Redis when it is back.
import { burstOf, capacityOf } from '../amounts.ts';
import type { BudgetTruth, Charge, HeldAmount, PlaceCharge, RateCharge } from '../limiter.ts';
import { MemoryLimiter } from '../memory-limiter.ts';
import type { Row } from '../redis/script-call.ts';
import type { LastKnown } from './last-known.ts';

interface LocalSpellOptions {
  readonly replicas: number;
  readonly lastKnown: LastKnown;
  readonly truth: BudgetTruth | null;
  readonly nowMs: () => number;
}

interface Used {
  readonly tenant: string;
  /** The whole limit, not this process's part. */
  readonly charge: Charge;
  /** Of the tenant's charges, in the order they came. */
  readonly number: number;
}

interface Owed {
  readonly tenant: string;
  /** Names these rows among the tenant's. */
  readonly part: string;
  readonly rows: readonly Row[];
}

/** Told to Redis at once: a script may unpack some thousand values, and must not hold up others for long. */
const ROWS_A_PART = 100;

export class LocalSpell {
  readonly limiter: MemoryLimiter;
  readonly #replicas: number;
  readonly #used = new Map<string, Used>();
  readonly #numbers = new Map<string, number>();

  constructor({ replicas, lastKnown, truth, nowMs }: LocalSpellOptions) {
    this.#replicas = replicas;
    this.limiter = new MemoryLimiter({
      truth,
      budgetParts: replicas,
      initial: (tenant, charge) =>
        lastKnown.beginning(tenant, this.#whole(tenant, charge), replicas, nowMs()),
    });
  }

  /** This process's part of each limit. */
  part(tenant: string, charges: readonly Charge[]): readonly Charge[] {
    return charges.map((charge) => this.#part(tenant, charge));
  }

  partOfRates(tenant: string, charges: readonly RateCharge[]): readonly RateCharge[] {
    for (const charge of charges) this.#part(tenant, charge);
    return charges.map((charge) => partOfRate(charge, this.#replicas));
  }

  partsOf(tenant: string, held: readonly HeldAmount[]): readonly HeldAmount[] {
    return held.map(({ charge, amount }) => ({ charge: this.#part(tenant, charge), amount }));
  }

  /** The other way round: the limit is the whole one, what it costs is this request's. */
  wholesOf(tenant: string, held: readonly HeldAmount[]): readonly HeldAmount[] {
    return held.map(({ charge, amount }) => {
      const { fixed, perOutput } = charge;
      return { charge: { ...this.#whole(tenant, charge), fixed, perOutput }, amount };
    });
  }

  /** What is owed to Redis: what was taken here of rates and budgets and has not drained. The same parts each time. */
  owed(): readonly Owed[] {
    const parts = new Map<string, { tenant: string; part: string; rows: Row[] }>();
    for (const { tenant, charge, number } of this.#used.values()) {
      if (charge.type === 'place') continue;
      const amount = this.limiter.owed(tenant, partOf(charge, this.#replicas));
      if (amount === 0) continue;
      const name = `${tenant}/${Math.floor(number / ROWS_A_PART)}`;
      const known = parts.get(name) ?? { tenant, part: `${Math.floor(number / ROWS_A_PART)}`, rows: [] };
      known.rows.push({ charge, slot: number % ROWS_A_PART, amount, believed: 0 });
      parts.set(name, known);
    }
    return [...parts.values()];
  }

  #part(tenant: string, charge: Charge): Charge {
    const name = `${tenant}/${charge.bucket}`;
    if (!this.#used.has(name)) {
      const number = this.#numbers.get(tenant) ?? 0;
      this.#numbers.set(tenant, number + 1);
      this.#used.set(name, { tenant, charge, number });
    }
    return partOf(charge, this.#replicas);
  }

  #whole(tenant: string, charge: Charge): Charge {
    return this.#used.get(`${tenant}/${charge.bucket}`)?.charge ?? charge;
  }
}

function partOf(charge: Charge, replicas: number): Charge {
  switch (charge.type) {
    case 'rate':
      return partOfRate(charge, replicas);
    case 'place':
      return partOfPlaces(charge, replicas);
    case 'budget':
      // What is left is divided when the counter begins (LastKnown, or MemoryBuckets where nothing was heard of it).
      return charge;
  }
}

/**
 * The period is stretched rather than the limit divided: nothing is rounded. What costs more than a part of the burst is still
 * granted when nothing else is in use: a request that the whole limit allows must not be told that it never will be.
 */
function partOfRate(charge: RateCharge, replicas: number): RateCharge {
  const { rate } = charge;
  const burst = burstOf(rate);
  const part = Math.max(Math.floor(burst / replicas), Math.min(charge.fixed, burst), Math.min(1, burst));
  return { ...charge, rate: { limit: rate.limit, periodMs: rate.periodMs * replicas, burst: part } };
}

function partOfPlaces(charge: PlaceCharge, replicas: number): PlaceCharge {
  const capacity = capacityOf(charge);
  const part = Math.max(Math.floor(capacity / replicas), Math.min(charge.fixed, capacity));
  return { ...charge, limit: part };
}
