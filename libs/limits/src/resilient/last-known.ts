// How limits stood when Redis last said: what counting locally begins with.
import { capacityOf, drainOf, periodUsOf } from '../amounts.ts';
import type { ChargeView } from '../decision-of.ts';
import type { Charge } from '../limiter.ts';

/** Some 100 bytes each; beyond it the first one heard of is forgotten, and would begin full. */
const MOST_BUCKETS = 100_000;

interface Known {
  remaining: number;
  resetMs: number;
  atMs: number;
}

export class LastKnown {
  /** By tenant, then by bucket: to put both into one name for every row of every reply would cost more than the look-up. */
  readonly #tenants = new Map<string, Map<string, Known>>();
  #size = 0;

  note(tenant: string, charge: Charge, { remaining, resetMs }: ChargeView, nowMs: number): void {
    if (charge.type === 'place') return;
    const known = this.#tenants.get(tenant)?.get(charge.bucket);
    if (known === undefined) {
      this.#add(tenant, charge.bucket, { remaining, resetMs, atMs: nowMs });
      return;
    }
    known.remaining = remaining;
    known.resetMs = resetMs;
    known.atMs = nowMs;
  }

  /** Units in use of one of `replicas` equal parts of the limit; null: nothing was ever heard of it. */
  inUse(tenant: string, charge: Charge, replicas: number, nowMs: number): number | null {
    const known = this.#tenants.get(tenant)?.get(charge.bucket);
    if (known === undefined) return null;
    if (charge.type === 'budget') return capacityOf(charge) - Math.floor(known.remaining / replicas);
    if (charge.type === 'place') return null;
    const leftMs = Math.max(0, known.resetMs - (nowMs - known.atMs));
    return Math.ceil((leftMs * 1_000 * drainOf(charge.rate)) / periodUsOf(charge.rate) / replicas);
  }

  #add(tenant: string, bucket: string, known: Known): void {
    if (this.#size >= MOST_BUCKETS) this.#forgetOne();
    const buckets = this.#tenants.get(tenant) ?? new Map<string, Known>();
    this.#tenants.set(tenant, buckets);
    buckets.set(bucket, known);
    this.#size++;
  }

  #forgetOne(): void {
    for (const [tenant, buckets] of this.#tenants.entries().take(1)) {
      for (const bucket of buckets.keys().take(1)) buckets.delete(bucket);
      if (buckets.size === 0) this.#tenants.delete(tenant);
      this.#size--;
    }
  }
}
