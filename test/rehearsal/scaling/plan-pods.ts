// What a Deployment does next with the pods of one pool: maxSurge 1, maxUnavailable 0, the order of ends as ReplicaSets
// have it (those not Ready first, then the newest).

export interface StandingPod {
  readonly id: string;
  /** Of the template it was made from. */
  readonly generation: number;
  readonly isReady: boolean;
  readonly bornMs: number;
}

interface PodPlan {
  /** Of the newest generation. */
  readonly create: number;
  readonly end: readonly string[];
}

/** `pods`: those that were not asked to end. */
export function planPods(pods: readonly StandingPod[], wanted: number, generation: number): PodPlan {
  if (wanted === 0) return { create: 0, end: pods.map(({ id }) => id) };
  const old = pods.filter((pod) => pod.generation < generation);
  const fresh = pods.length - old.length;
  if (old.length === 0) {
    const end = inOrderOfEnd(pods).slice(0, Math.max(0, pods.length - wanted));
    return { create: Math.max(0, wanted - pods.length), end: end.map(({ id }) => id) };
  }
  const surge = wanted + 1 - pods.length;
  const unready = old.filter(({ isReady }) => !isReady);
  const spare = pods.filter(({ isReady }) => isReady).length - wanted;
  const end = [
    ...unready,
    ...inOrderOfEnd(old.filter(({ isReady }) => isReady)).slice(0, Math.max(0, spare)),
  ];
  return { create: Math.max(0, Math.min(wanted - fresh, surge)), end: end.map(({ id }) => id) };
}

function inOrderOfEnd(pods: readonly StandingPod[]): readonly StandingPod[] {
  return pods.toSorted((a, b) => Number(a.isReady) - Number(b.isReady) || b.bornMs - a.bornMs);
}
