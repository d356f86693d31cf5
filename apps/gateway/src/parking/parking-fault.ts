// Why a request may not wait, or no longer, in a sentence that says what to do about it.
import { Fault } from '#protocol';
import { explainWait } from '#routing';
import type { ParkingBound } from '#telemetry';
import type { Wish } from './wish.ts';

export function parkingFault(bound: ParkingBound, wish: Wish, retryAfterMs: number): Fault {
  const sentences = [
    whyNoRoom(wish),
    whyNoWait(bound, wish),
    `Try again in about ${Math.ceil(retryAfterMs / 1_000)} s.`,
  ];
  return new Fault(wish.isUnavailable ? 'pool_unavailable' : 'no_capacity', {
    message: sentences.filter((sentence) => sentence !== null).join(' '),
    retryAfterMs,
  });
}

/** `/v1/route` says the same of a request that would wait. */
export function whyNoRoom({ isUnavailable, need }: Pick<Wish, 'isUnavailable' | 'need'>): string {
  return isUnavailable
    ? `Pool ${need.name} is not available: ${explainWait(need)}.`
    : 'Every worker that fits this request is full.';
}

function whyNoWait(bound: ParkingBound, { waitedMs }: Wish): string | null {
  switch (bound) {
    case 'time':
      return waitedMs > 0 ? `The request waited ${Math.round(waitedMs / 1_000)} s.` : null;
    case 'obstacle':
      return null;
    case 'requests':
      return 'No more requests may wait.';
    case 'tokens':
      return 'The requests that wait need too many tokens for one more.';
    case 'bytes':
      return 'The requests that wait are too large for one more.';
    case 'tenant':
      return 'No more requests of your tenant may wait.';
  }
}
