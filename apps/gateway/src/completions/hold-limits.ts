// Step 6, its first half: what the request needs of its caller's limits where it goes, all at once or none.
import type { Route } from '#routing';
import type { Exchange } from './exchange.ts';
import type { Going } from './spending.ts';

/** null: nothing to wait for. Throws or rejects with the Fault of a limit. */
export function holdLimits(
  phase: Going['phase'],
  { demand, pool }: Route,
  { spending, record }: Exchange,
): Promise<void> | null {
  const going = { phase, pool: pool.name, demand };
  if (spending === null || spending.holds(going)) return null;
  record.steps.enter('reserve');
  return spending.hold(going);
}
