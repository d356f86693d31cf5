// From what a store says of each charge to the answer of the port: the same for memory and Redis.
import { askedAmount, capacityOf, drainOf } from './amounts.ts';
import type { Charge, Denial, Standing, TakeDecision } from './limiter.ts';

/** One charge as the store found or left it. */
export interface ChargeView {
  /** Until what was asked is granted; 0: now, or taken. */
  readonly waitMs: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** A place is free when somebody else is done, which nobody knows: so soon one may try again (limits page R9). */
export const PLACE_RETRY_MS = 1_000;

/** Nothing was asked for, or what asked has ended. */
export const GRANTED_NOTHING: TakeDecision = { granted: true, standings: [] };
/** Redis or the ledger did not say, and this spender must not spend on a guess. */
export const AWAY: Extract<Denial, { why: 'away' }> = { granted: false, why: 'away', retryAfterMs: 1_000 };

export function standingsOf(charges: readonly Charge[], views: readonly ChargeView[]): readonly Standing[] {
  return charges.map((charge, at) => standingOf(charge, views[at]?.remaining ?? 0, views[at]?.resetMs ?? 0));
}

/** All limits are waited for: the one that takes longest is named. */
export function deniedLater(charges: readonly Charge[], views: readonly ChargeView[]): Denial {
  const standings = standingsOf(charges, views);
  let longest = 0;
  for (const [at, { waitMs }] of views.entries()) if (waitMs > (views[longest]?.waitMs ?? 0)) longest = at;
  const denied = standings[longest];
  if (denied === undefined) throw new TypeError('denied by no charge');
  return { granted: false, why: 'later', denied, retryAfterMs: views[longest]?.waitMs ?? 0, standings };
}

/** `remaining` is then the most the limit can grant at once. */
export function deniedForEver(charge: Charge): Denial {
  const { kind, scope } = charge;
  const limit = limitOf(charge);
  const denied = { kind, scope, unit: unitOf(charge), limit, remaining: capacityOf(charge), resetMs: 0 };
  return { granted: false, why: 'never', denied, cost: askedAmount(charge, 0) };
}

export function standingOf(charge: Charge, remaining: number, resetMs: number): Standing {
  const { kind, scope } = charge;
  return { kind, scope, unit: unitOf(charge), limit: limitOf(charge), remaining, resetMs };
}

function unitOf(charge: Charge): Standing['unit'] {
  return charge.type === 'budget' ? charge.unit : null;
}

/** As it is told. */
export function limitOf(charge: Charge): number {
  return charge.type === 'rate' ? drainOf(charge.rate) : capacityOf(charge);
}
