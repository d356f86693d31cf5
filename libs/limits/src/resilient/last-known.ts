// How limits stood when Redis last said: what counting locally begins with.
import { capacityOf, drainOf, periodUsOf } from '../amounts.ts';
import type { ChargeView } from '../decision-of.ts';
import type { Charge } from '../limiter.ts';

/** Two words a bucket; beyond it the one not heard of for longest is forgotten, and would begin full. */
const MOST_BUCKETS = 100_000;

interface Known {
  remaining: number;
  resetMs: number;
  atMs: number;
}

export class LastKnown {
  readonly #known = new Map<string, Known>();

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
    if (this.#known.size >= MOST_BUCKETS)
      for (const oldest of this.#known.keys().take(1)) this.#known.delete(oldest);
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
}
