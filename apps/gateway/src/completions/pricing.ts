// What a token of a pool counts in token limits, and what it costs in money. Data of the configuration, taken over on reload.
import type { PriceConfig } from '#config';
import { costMicro } from '#ledger';
import type { Price } from '#limits';

export interface PricingData {
  readonly prices: readonly PriceConfig[];
  readonly tokenWeights: ReadonlyMap<string, number>;
}

export class Pricing {
  #data: PricingData;

  constructor(data: PricingData) {
    this.#data = data;
  }

  replace(data: PricingData): void {
    this.#data = data;
  }

  weightOf(pool: string): number {
    return this.#data.tokenWeights.get(pool) ?? 1;
  }

  /** So that a burst lets the largest prompt into the dearest pool. */
  get largestWeight(): number {
    return Math.max(1, ...this.#data.tokenWeights.values());
  }

  /** A pool's own price before the model's; null = free. */
  priceOf(model: string, pool: string): Price | null {
    const prices = this.#data.prices.filter((price) => price.model === model);
    return prices.find((price) => price.pool === pool) ?? prices.find((price) => price.pool === null) ?? null;
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
