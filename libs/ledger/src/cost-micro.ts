import type { LedgerPrice } from './ledger.ts';

interface PricedTokens {
  /** With the cached ones. */
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
}

/** Millionths of the currency, rounded up; prices are for a million tokens. 0 without a price. */
export function costMicro(price: LedgerPrice | null | undefined, tokens: PricedTokens): number {
  if (!price) return 0;
  // Summed before dividing: the sum is exact below 2^53, so only what really has a fraction is rounded up.
  const sum =
    (tokens.promptTokens - tokens.cachedTokens) * price.input +
    tokens.cachedTokens * price.cached +
    tokens.completionTokens * price.output;
  return Math.min(Math.ceil(sum / 1_000_000), Number.MAX_SAFE_INTEGER);
}
