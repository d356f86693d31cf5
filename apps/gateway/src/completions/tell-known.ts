// How the caller's limits stand, on replies that asked the limiter for less than all of them: refusals before the reservation, and
// what reserves nothing. As last known in this process: shared counters are not asked for a header (docs/adr/0018).
import { type Limiter, untouchedCharges } from '#limits';
import type { Caller } from '#tenancy';
import type { Fleet } from '#workers';
import { largestWindow } from './largest-window.ts';
import { tellStandings } from './limit-headers.ts';
import { limitsOf } from './limits-of.ts';
import type { Pricing } from './pricing.ts';

export interface KnownPorts {
  readonly limiter: Limiter;
  readonly pricing: Pick<Pricing, 'largestWeight'>;
  readonly fleet: Pick<Fleet, 'snapshot'>;
}

/** What was told already is newer and stays. */
export function tellKnown(
  headers: Record<string, string>,
  caller: Caller,
  { limiter, pricing, fleet }: KnownPorts,
): void {
  const charges = untouchedCharges(limitsOf(caller), {
    largestWindowTokens: largestWindow(fleet),
    largestPoolWeight: pricing.largestWeight,
    nowMs: Date.now(),
  });
  const known: Record<string, string> = {};
  tellStandings(known, limiter.lastKnown(caller, charges));
  for (const [name, value] of Object.entries(known)) headers[name] ??= value;
}
