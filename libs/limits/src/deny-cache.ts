// Who was just denied is denied again here, for at most a second, without asking Redis: a key that floods costs nothing there.
// Remembered is what was asked (decisions L2): something cheaper may still pass, and is asked for.
import { type ChargeView, limitOf } from './decision-of.ts';
import type { Charge, Denial, Standing } from './limiter.ts';

/** A refund may let it pass sooner than was said: never held up for longer than this (limits page R8). */
const LONGEST_MS = 1_000;

interface Denied {
  readonly cost: number;
  /** Until when it is answered from here. */
  readonly untilMs: number;
  /** When the same is granted. */
  readonly grantedMs: number;
  readonly denied: Standing;
  readonly standings: readonly Standing[];
}

export class DenyCache {
  readonly #maxEntries: number;
  readonly #denied = new Map<string, Denied>();

  constructor(maxEntries = 10_000) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#denied.size;
  }

  /** `amounts`: what is asked of each charge. */
  find(tenant: string, charges: readonly Charge[], amounts: readonly number[], nowMs: number): Denial | null {
    if (this.#denied.size === 0) return null;
    for (const [at, charge] of charges.entries()) {
      const name = `${tenant}/${charge.bucket}`;
      const known = this.#denied.get(name);
      if (known === undefined) continue;
      // By a limit that was changed since, or that another gateway knows: how that one stands is asked.
      const isChanged = known.denied.limit !== limitOf(charge);
      if (isChanged || nowMs >= known.untilMs) this.#denied.delete(name);
      else if ((amounts[at] ?? 0) >= known.cost) {
        const { denied, standings, grantedMs } = known;
        return { granted: false, why: 'later', denied, retryAfterMs: grantedMs - nowMs, standings };
      }
    }
    return null;
  }

  /** Places are not remembered: one may be free in the next moment. */
  remember(
    tenant: string,
    charges: readonly Charge[],
    amounts: readonly number[],
    {
      views,
      denial,
      nowMs,
    }: { readonly views: readonly ChargeView[]; readonly denial: Denial; readonly nowMs: number },
  ): void {
    if (denial.why !== 'later') return;
    for (const [at, charge] of charges.entries()) {
      const waitMs = views[at]?.waitMs ?? 0;
      const denied = denial.standings[at];
      if (waitMs <= 0 || charge.type === 'place' || denied === undefined) continue;
      this.#makeRoom();
      this.#denied.set(`${tenant}/${charge.bucket}`, {
        cost: amounts[at] ?? 0,
        untilMs: nowMs + Math.min(waitMs, LONGEST_MS),
        grantedMs: nowMs + waitMs,
        denied,
        // Another key of the tenant may be answered from here: how this one stands is none of its business.
        standings: denial.standings.filter(({ scope }) => scope === 'tenant' || charge.scope === 'key'),
      });
    }
  }

  #makeRoom(): void {
    if (this.#denied.size < this.#maxEntries) return;
    for (const name of this.#denied.keys().take(1)) this.#denied.delete(name);
  }
}
