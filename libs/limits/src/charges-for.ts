// From limits as data and a request's amounts to the charges a limiter takes.
import type { Charge, RateCharge } from './limiter.ts';
import type { Limits } from './limits.ts';

/** Whose limits, from the key's policy. */
export interface LimitsOfCaller {
  readonly tenant: string;
  /** Keys that were rotated from one another share it, and so their buckets (K6). */
  readonly lineage: string;
  readonly tenantLimits: Limits;
  readonly keyLimits: Limits;
  /** Largest prompt the plan allows: the least burst of token rates. null: `largestWindowTokens`. */
  readonly maxPromptTokens: number | null;
  /** IANA name, as in `Europe/Berlin`; calendar days and months are counted in it. */
  readonly timeZone: string;
}

/** Whole millionths of the currency for a million tokens (so a token costs price/1,000,000 millionths). */
export interface Price {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export interface RequestAmounts {
  /** Prompt tokens of all prompts of the request; exact. */
  readonly inputTokens: number;
  /** Of them read from the cache, where known (settling); they cost `price.cached`. */
  readonly cachedTokens: number;
  /** Answers asked for: output counts as what is told to `meter`; KV n times is in `kvTokens`. */
  readonly kvTokens: number;
  /** Weight of the pool that serves; multiplies input and output in token limits. */
  readonly poolWeight: number;
  /** null: no price is set for this model and pool; money budgets are not touched. */
  readonly price: Price | null;
  /** `parked`: holds its place and its input, but neither output nor KV (decisions L3). */
  readonly phase: 'parked' | 'running';
}

export interface ChargesContext {
  /** Largest window of any pool: the default for `maxPromptTokens`. */
  readonly largestWindowTokens: number;
  /** Largest weight of any pool, so that the burst lets the largest prompt into the dearest pool. */
  readonly largestPoolWeight: number;
  readonly nowMs: number;
}

/** The request-rate limits of tenant and key: taken before the body is read. */
export type RequestCharges = (caller: LimitsOfCaller) => readonly RateCharge[];
/** All the other limits. Empty when the caller has none. */
export type ChargesFor = (
  caller: LimitsOfCaller,
  amounts: RequestAmounts,
  context: ChargesContext,
) => readonly Charge[];
