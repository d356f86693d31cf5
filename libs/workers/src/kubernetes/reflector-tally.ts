// How often lists were read and questions failed, by resource and cause: what the counters of /metrics show. Kept apart
// from the reflectors, which come and go while a counter may only grow.
import { FAILURE_CAUSES, type FailureCause } from './api-failure.ts';
import { LIST_CAUSES, type ListCause, type ReflectorEvent } from './reflector-event.ts';
import type { ResourceName } from './resource.ts';

export interface Tallied<Cause> {
  readonly resource: ResourceName;
  readonly cause: Cause;
  readonly count: number;
}

/** Every cause is there from the start, at 0: a rate over a series that appears misses its first step. */
export class ReflectorTally {
  readonly #lists = new Map<ResourceName, Map<ListCause, number>>();
  readonly #failures = new Map<ResourceName, Map<FailureCause, number>>();

  /** `resources`: those that will be watched. */
  constructor(resources: readonly ResourceName[]) {
    for (const resource of resources) {
      countsOf(this.#lists, resource, LIST_CAUSES);
      countsOf(this.#failures, resource, FAILURE_CAUSES);
    }
  }

  note(event: ReflectorEvent): void {
    const lists = countsOf(this.#lists, event.resource, LIST_CAUSES);
    const failures = countsOf(this.#failures, event.resource, FAILURE_CAUSES);
    if (event.kind === 'listed') addOne(lists, event.cause);
    if (event.kind === 'failed') addOne(failures, event.cause);
  }

  get lists(): readonly Tallied<ListCause>[] {
    return tallied(this.#lists);
  }

  get failures(): readonly Tallied<FailureCause>[] {
    return tallied(this.#failures);
  }
}

function countsOf<Cause>(
  tally: Map<ResourceName, Map<Cause, number>>,
  resource: ResourceName,
  causes: readonly Cause[],
): Map<Cause, number> {
  const known = tally.get(resource) ?? new Map(causes.map((cause) => [cause, 0]));
  tally.set(resource, known);
  return known;
}

function addOne<Cause>(counts: Map<Cause, number>, cause: Cause): void {
  counts.set(cause, (counts.get(cause) ?? 0) + 1);
}

function tallied<Cause>(
  tally: ReadonlyMap<ResourceName, ReadonlyMap<Cause, number>>,
): readonly Tallied<Cause>[] {
  return [...tally].flatMap(([resource, counts]) =>
    [...counts].map(([cause, count]) => ({ resource, cause, count })),
  );
}
