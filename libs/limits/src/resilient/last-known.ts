// How limits stood when Redis last said: what counting locally begins with.
import { capacityOf, drainOf, periodUsOf } from '../amounts.ts';
import type { ChargeView } from '../decision-of.ts';
import type { Charge, RateCharge, Standing } from '../limiter.ts';
import type { Beginning } from '../memory-buckets.ts';

/** Some 150 bytes each; beyond it one not heard of for long is forgotten, and would begin full. */
const MOST_BUCKETS = 100_000;
/** Looked at for each new one: budgets of periods that are over soon lie among them, and go first. */
const LOOKED_AT = 8;
/** Of a budget heard of so lately the ledger knows no more: rows come to it some seconds after the answer. */
const CURRENT_MS = 5_000;
/** Of a rate heard of so lately others can have taken little more than was known. */
const FRESH_MS = 10_000;

interface Known {
  readonly tenant: string;
  readonly bucket: string;
  remaining: number;
  resetMs: number;
  atMs: number;
  /** Let through, and not asked for yet. */
  pending: number;
}

export class LastKnown {
  readonly #most: number;
  /** By tenant, then by bucket: to put both into one name for every row of every reply would cost more than the look-up. */
  readonly #tenants = new Map<string, Map<string, Known>>();
  readonly #all = new Set<Known>();

  constructor(mostBuckets = MOST_BUCKETS) {
    this.#most = mostBuckets;
  }

  /** One standing a row, in their order. */
  noteAll(
    tenant: string,
    rows: readonly { readonly charge: Charge }[],
    standings: readonly Standing[],
    nowMs: number,
  ): void {
    // By index: an entry of an array each would be garbage for every row of every reply.
    for (let at = 0; at < rows.length; at++) {
      const charge = rows[at]?.charge;
      const standing = standings[at];
      if (charge !== undefined && standing !== undefined) this.note(tenant, charge, standing, nowMs);
    }
  }

  note(
    tenant: string,
    charge: Charge,
    { remaining, resetMs }: Pick<Standing, 'remaining' | 'resetMs'>,
    nowMs: number,
  ): void {
    if (charge.type === 'place') return;
    const { bucket } = charge;
    const known = this.#tenants.get(tenant)?.get(bucket);
    if (known === undefined) {
      this.#add({ tenant, bucket, remaining, resetMs, atMs: nowMs, pending: 0 });
      return;
    }
    known.remaining = remaining;
    known.resetMs = resetMs;
    known.atMs = nowMs;
  }

  /**
   * Whether, with what was let through before and is not asked for yet, at least half is left of each rate: then these are let
   * through, too.
   */
  letThrough(tenant: string, charges: readonly RateCharge[], nowMs: number): boolean {
    const buckets = this.#tenants.get(tenant);
    if (buckets === undefined) return false;
    for (const charge of charges) {
      const known = buckets.get(charge.bucket);
      if (known === undefined || nowMs - known.atMs > FRESH_MS) return false;
      if (known.remaining - known.pending < Math.max(1, capacityOf(charge) / 2)) return false;
    }
    for (const { bucket, fixed } of charges) {
      const known = buckets.get(bucket);
      if (known !== undefined) known.pending += fixed;
    }
    return true;
  }

  /** What was let through is asked for: as good as taken, until it is said how the rate stands. */
  asking(tenant: string, charges: readonly RateCharge[]): void {
    const buckets = this.#tenants.get(tenant);
    for (const { bucket, fixed } of charges) {
      const known = buckets?.get(bucket);
      // One that was forgotten meanwhile, and is known anew, has let nothing through.
      if (known === undefined || known.pending < fixed) continue;
      known.pending -= fixed;
      known.remaining -= fixed;
    }
  }

  /** Of one of `replicas` equal parts of the limit; null: nothing was ever heard of it. */
  beginning(tenant: string, charge: Charge, replicas: number, nowMs: number): Beginning | null {
    const used = this.inUse(tenant, charge, replicas, nowMs);
    if (used === null) return null;
    const atMs = this.#tenants.get(tenant)?.get(charge.bucket)?.atMs ?? 0;
    return { used, isCurrent: charge.type !== 'budget' || nowMs - atMs <= CURRENT_MS };
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

  /** Of a rate; null: nothing was ever heard of it. */
  view(tenant: string, charge: Charge, nowMs: number): ChargeView | null {
    const known = this.#tenants.get(tenant)?.get(charge.bucket);
    const used = this.inUse(tenant, charge, 1, nowMs);
    if (known === undefined || used === null || charge.type !== 'rate') return null;
    const resetMs = Math.max(0, known.resetMs - (nowMs - known.atMs));
    return { waitMs: 0, remaining: Math.max(0, capacityOf(charge) - used), resetMs };
  }

  #add(known: Known): void {
    if (this.#all.size >= this.#most) this.#forgetOne();
    const buckets = this.#tenants.get(known.tenant) ?? new Map<string, Known>();
    this.#tenants.set(known.tenant, buckets);
    buckets.set(known.bucket, known);
    this.#all.add(known);
  }

  /** Of the first few; the others go to the end, where their turn comes again. */
  #forgetOne(): void {
    let longest: Known | null = null;
    for (const known of [...this.#all.values().take(LOOKED_AT)]) {
      this.#all.delete(known);
      this.#all.add(known);
      if (longest === null || known.atMs < longest.atMs) longest = known;
    }
    if (longest === null) return;
    this.#all.delete(longest);
    const buckets = this.#tenants.get(longest.tenant);
    buckets?.delete(longest.bucket);
    if (buckets?.size === 0) this.#tenants.delete(longest.tenant);
  }
}
