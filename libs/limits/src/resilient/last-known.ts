// How limits stood when Redis last said: what counting locally begins with.
import { capacityOf, drainOf, periodUsOf } from '../amounts.ts';
import type { ChargeView } from '../decision-of.ts';
import type { Charge } from '../limiter.ts';

/** Two words a bucket; beyond it one not heard of for long is forgotten, and would begin full. */
const MOST_BUCKETS = 100_000;
/** Looked at for each new one: budgets of periods that are over soon lie among them, and go first. */
const LOOKED_AT = 8;

interface Known {
  remaining: number;
  resetMs: number;
  atMs: number;
}

export class LastKnown {
  readonly #most: number;
  readonly #known = new Map<string, Known>();

  constructor(mostBuckets = MOST_BUCKETS) {
    this.#most = mostBuckets;
  }

  note(tenant: string, charge: Charge, { remaining, resetMs }: ChargeView, nowMs: number): void {
    if (charge.type === 'place') return;
    const name = `${tenant}/${charge.bucket}`;
    const known = this.#known.get(name);
    if (known !== undefined) {
      known.remaining = remaining;
      known.resetMs = resetMs;
      known.atMs = nowMs;
      return;
    }
    if (this.#known.size >= this.#most) this.#forgetOne();
    this.#known.set(name, { remaining, resetMs, atMs: nowMs });
  }

  /** Units in use of one of `replicas` equal parts of the limit; null: nothing was ever heard of it. */
  inUse(tenant: string, charge: Charge, replicas: number, nowMs: number): number | null {
    const known = this.#known.get(`${tenant}/${charge.bucket}`);
    if (known === undefined) return null;
    if (charge.type === 'budget') return capacityOf(charge) - Math.floor(known.remaining / replicas);
    if (charge.type === 'place') return null;
    const leftMs = Math.max(0, known.resetMs - (nowMs - known.atMs));
    return Math.ceil((leftMs * 1_000 * drainOf(charge.rate)) / periodUsOf(charge.rate) / replicas);
  }
  /** Of the first few; the others go to the end, where their turn comes again. */
  #forgetOne(): void {
    let longest: readonly [name: string, atMs: number] | null = null;
    for (const [name, known] of [...this.#known.entries().take(LOOKED_AT)]) {
      this.#known.delete(name);
      this.#known.set(name, known);
      if (longest === null || known.atMs < longest[1]) longest = [name, known.atMs];
    }
    if (longest !== null) this.#known.delete(longest[0]);
  }
}
