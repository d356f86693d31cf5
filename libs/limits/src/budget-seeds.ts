// What a budget's counter begins with: what the ledger knows of the period. One question at a time a budget, bounded in time.
import type { BudgetCharge, BudgetTruth } from './limiter.ts';

export interface BudgetSeedsOptions {
  /** null: there is no ledger; budgets begin at 0. */
  readonly truth: BudgetTruth | null;
  /** A database on the same network answers a sum in milliseconds; the request waits for it, once a period. */
  readonly timeoutMs: number;
}

export class BudgetSeeds {
  readonly #options: BudgetSeedsOptions;
  readonly #asked = new Map<string, Promise<number | null>>();

  constructor(options: BudgetSeedsOptions) {
    this.#options = options;
  }

  /** null: the ledger did not answer. Never rejects. */
  used(tenant: string, charge: BudgetCharge): Promise<number | null> {
    const name = `${tenant}/${charge.bucket}`;
    const asked = this.#asked.get(name) ?? this.#ask(tenant, charge).finally(() => this.#asked.delete(name));
    this.#asked.set(name, asked);
    return asked;
  }

  async #ask(tenant: string, { lineage, unit, fromMs, untilMs }: BudgetCharge): Promise<number | null> {
    const { truth, timeoutMs } = this.#options;
    if (truth === null) return 0;
    const deadline = new AbortController();
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => {
      deadline.abort();
      late.resolve(null);
    }, timeoutMs);
    try {
      const used = await Promise.race([
        truth.used(tenant, lineage, unit, fromMs, untilMs, deadline.signal),
        late.promise,
      ]);
      return used === null ? null : Math.max(0, Math.min(Math.ceil(used), Number.MAX_SAFE_INTEGER));
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}
