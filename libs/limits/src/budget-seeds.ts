// What a budget's counter begins with: what the ledger knows of the period. One question at a time a budget, bounded in time.
import type { BudgetCharge, BudgetTruth } from './limiter.ts';

/** A database on the same network answers a sum in milliseconds; the request waits for it, once a period. */
const TIMEOUT_MS = 250;

export class BudgetSeeds {
  readonly #truth: BudgetTruth | null;
  readonly #asked = new Map<string, Promise<number | null>>();

  /** null: there is no ledger; budgets begin at 0. */
  constructor(truth: BudgetTruth | null) {
    this.#truth = truth;
  }

  /** null: the ledger did not answer. Never rejects. */
  used(tenant: string, charge: BudgetCharge): Promise<number | null> {
    const name = `${tenant}/${charge.bucket}`;
    const asked = this.#asked.get(name) ?? this.#ask(tenant, charge).finally(() => this.#asked.delete(name));
    this.#asked.set(name, asked);
    return asked;
  }

  async #ask(tenant: string, { lineage, unit, fromMs, untilMs }: BudgetCharge): Promise<number | null> {
    if (this.#truth === null) return 0;
    const deadline = new AbortController();
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => {
      deadline.abort();
      late.resolve(null);
    }, TIMEOUT_MS);
    try {
      const used = await Promise.race([
        this.#truth.used(tenant, lineage, unit, fromMs, untilMs, deadline.signal),
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
