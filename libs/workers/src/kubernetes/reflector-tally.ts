// How often lists were read and questions failed, by resource and cause: what the counters of /metrics show. Kept apart
// from the reflectors, which come and go while a counter may only grow.
import type { FailureCause } from './api-failure.ts';
import type { ListCause, ReflectorEvent } from './reflector-event.ts';
import type { ResourceName } from './resource.ts';

export interface Tallied<Cause> {
  readonly resource: ResourceName;
  readonly cause: Cause;
  readonly count: number;
}

export class ReflectorTally {
  readonly #lists = new Map<string, Tallied<ListCause>>();
  readonly #failures = new Map<string, Tallied<FailureCause>>();

  note(event: ReflectorEvent): void {
    if (event.kind === 'listed') add(this.#lists, event.resource, event.cause);
    if (event.kind === 'failed') add(this.#failures, event.resource, event.cause);
  }

  get lists(): readonly Tallied<ListCause>[] {
    return [...this.#lists.values()];
  }

  get failures(): readonly Tallied<FailureCause>[] {
    return [...this.#failures.values()];
  }
}

function add<Cause extends string>(
  tally: Map<string, Tallied<Cause>>,
  resource: ResourceName,
  cause: Cause,
): void {
  const key = `${resource} ${cause}`;
  tally.set(key, { resource, cause, count: (tally.get(key)?.count ?? 0) + 1 });
}
