// How much of a limit a request takes: whole units from what is fixed and what each output token adds. Whatever comes in,
// what goes out is a whole number from 0 to MOST_UNITS, so that nothing below has to ask again.
import type { Charge, RateLimit } from './limiter.ts';

/** Beyond it a double is no longer exact. */
export const MOST_UNITS = Number.MAX_SAFE_INTEGER;

/** The most a limit can ever grant at once; a request whose fixed part is above it can never pass. */
export function capacityOf(charge: Charge): number {
  return charge.type === 'rate' ? burstOf(charge.rate) : whole(Math.floor(charge.limit));
}

/** Units a period, at least one: what drains. A limit below 1 has no burst, and so never grants. */
export function drainOf({ limit }: RateLimit): number {
  return Math.max(1, whole(Math.floor(limit)));
}

/** Whole microseconds of a period, at least one. */
export function periodUsOf({ periodMs }: RateLimit): number {
  return Math.max(1, whole(Math.round(periodMs * 1_000)));
}

/** Units that may come at once. Bounded so that burst x period, in which levels are counted, stays exact (75 million a minute). */
export function burstOf(rate: RateLimit): number {
  return rate.limit >= 1
    ? Math.min(whole(Math.floor(rate.burst)), Math.floor(2 ** 52 / periodUsOf(rate)))
    : 0;
}

/** What is asked for. Output is reserved only as far as the limit goes: the rest is metered, and becomes debt (R3). */
export function askedAmount(charge: Charge, outputTokens: number): number {
  const fixed = whole(charge.fixed);
  const capacity = capacityOf(charge);
  return fixed >= capacity ? fixed : Math.min(fixed + outputAmount(charge, outputTokens), capacity);
}

/** What was really used; nothing caps it. */
export function usedAmount(charge: Charge, outputTokens: number): number {
  return Math.min(whole(charge.fixed) + outputAmount(charge, outputTokens), MOST_UNITS);
}

/** The first charge that can never be granted, if any. */
export function neverGranted(charges: readonly Charge[]): Charge | null {
  for (const charge of charges) {
    if (whole(charge.fixed) > capacityOf(charge)) return charge;
  }
  return null;
}

/** Prices and weights have six decimals at most: counted in millionths, 0.1 a token makes 3 of 30 tokens and not 4. */
const MILLION = 1_000_000;

function outputAmount({ perOutput }: Charge, outputTokens: number): number {
  if (perOutput === 0) return 0;
  const tokens = whole(outputTokens);
  if (Number.isInteger(perOutput)) return whole(tokens * perOutput);
  return whole((tokens * Math.round(perOutput * MILLION)) / MILLION);
}

/** Up to the next whole; what is no number, or negative, is nothing; what is too large is the most there is. */
function whole(amount: number): number {
  if (!(amount > 0)) return 0;
  return Math.min(Math.ceil(amount), MOST_UNITS);
}
