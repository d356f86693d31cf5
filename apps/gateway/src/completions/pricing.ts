// What a token of a pool counts in token limits, and what it costs in money. Data of the configuration, taken over on reload.
import type { PriceConfig } from '#config';
import { costMicro } from '#ledger';
import type { Price } from '#limits';

interface PricingData {
  readonly prices: readonly PriceConfig[];
  readonly tokenWeights: ReadonlyMap<string, number>;
}

/** A model as a whole, where a pool has no price of its own. */
const EVERY_POOL = '*';

export class Pricing {
  #weights: PricingData['tokenWeights'] = new Map();
  #prices: ReadonlyMap<string, ReadonlyMap<string, Price>> = new Map();
  /** So that a burst lets the largest prompt into the dearest pool. */
  largestWeight = 1;

  constructor(data: PricingData) {
    this.replace(data);
  }

  replace({ prices, tokenWeights }: PricingData): void {
    const byModel = Map.groupBy(prices, ({ model }) => model);
    this.#prices = new Map(
      [...byModel].map(([model, own]) => [
        model,
        new Map(own.map((price) => [price.pool ?? EVERY_POOL, price])),
      ]),
    );
    this.#weights = tokenWeights;
    this.largestWeight = Math.max(1, ...tokenWeights.values());
  }

  weightOf(pool: string): number {
    return this.#weights.get(pool) ?? 1;
  }

  /** A pool's own price before the model's; null = free. */
  priceOf(model: string, pool: string): Price | null {
    const prices = this.#prices.get(model);
    return prices?.get(pool) ?? prices?.get(EVERY_POOL) ?? null;
  }

  /** Millionths of the currency, rounded up; 0 without a price. */
  costOf(
    model: string,
    pool: string,
    used: { readonly inputTokens: number; readonly cachedTokens: number; readonly outputTokens: number },
  ): number {
    const { inputTokens: promptTokens, cachedTokens, outputTokens: completionTokens } = used;
    return costMicro(this.priceOf(model, pool), { promptTokens, cachedTokens, completionTokens });
  }
}
