// How a Kubernetes autoscaler (HPA v2) comes from external metrics to a number of replicas: the arithmetic of
// pkg/controller/podautoscaler of Kubernetes 1.36, for metrics of type AverageValue and policies of type Pods.

interface ScalingRule {
  /** At most so many pods more (fewer) within a period. */
  readonly pods: number;
  readonly periodMs: number;
  /** The most careful recommendation of so long is followed. */
  readonly stabilisationMs: number;
}

export interface AutoscalerTerms {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scaleUp: ScalingRule;
  readonly scaleDown: ScalingRule;
}

export interface ExternalMetric {
  /** Over all pods; null: nobody could say. */
  readonly total: number | null;
  /** Per pod. */
  readonly target: number;
}

interface Recommendation {
  readonly atMs: number;
  readonly replicas: number;
}

/** Kubernetes' default: a ratio so close to 1 changes nothing. */
const TOLERANCE = 0.1;

export class HorizontalAutoscaler {
  readonly #terms: AutoscalerTerms;
  #recommended: readonly Recommendation[] = [];
  /** Changes made; `replicas` is how many more (or fewer, below 0). */
  #changes: readonly Recommendation[] = [];

  constructor(terms: AutoscalerTerms) {
    this.#terms = terms;
  }

  /** Not asked while there are none: that is KEDA's to change. Times are monotonic. */
  decide(current: number, metrics: readonly ExternalMetric[], nowMs: number): number {
    const wanted = this.#steadied(current, recommend(current, metrics), nowMs);
    const replicas = this.#within(this.#atPace(current, wanted, nowMs));
    if (replicas !== current)
      this.#changes = [...this.#changes, { atMs: nowMs, replicas: replicas - current }];
    return replicas;
  }

  #steadied(current: number, recommended: number, nowMs: number): number {
    const { scaleUp, scaleDown } = this.#terms;
    const longestMs = Math.max(scaleUp.stabilisationMs, scaleDown.stabilisationMs);
    this.#recommended = [
      ...this.#recommended.filter(({ atMs }) => nowMs - atMs <= longestMs),
      { atMs: nowMs, replicas: recommended },
    ];
    const of = (windowMs: number) =>
      this.#recommended.filter(({ atMs }) => nowMs - atMs <= windowMs).map(({ replicas }) => replicas);
    const atLeast = Math.min(recommended, ...of(scaleUp.stabilisationMs));
    const atMost = Math.max(recommended, ...of(scaleDown.stabilisationMs));
    return Math.min(Math.max(current, atLeast), atMost);
  }

  #atPace(current: number, wanted: number, nowMs: number): number {
    const { scaleUp, scaleDown } = this.#terms;
    const longestMs = Math.max(scaleUp.periodMs, scaleDown.periodMs);
    this.#changes = this.#changes.filter(({ atMs }) => nowMs - atMs <= longestMs);
    const changed = (periodMs: number) =>
      this.#changes
        .filter(({ atMs }) => nowMs - atMs <= periodMs)
        .reduce((sum, { replicas }) => sum + replicas, 0);
    if (wanted > current)
      return Math.min(wanted, Math.max(current, current - changed(scaleUp.periodMs) + scaleUp.pods));
    return Math.max(wanted, Math.min(current, current - changed(scaleDown.periodMs) - scaleDown.pods));
  }

  #within(replicas: number): number {
    // An autoscaler knows no 0.
    return Math.min(Math.max(replicas, 1, this.#terms.minReplicas), this.#terms.maxReplicas);
  }
}

/** The largest of what the metrics ask for; with one of them unknown, never fewer than there are. */
function recommend(current: number, metrics: readonly ExternalMetric[]): number {
  const asked = metrics.flatMap(({ total, target }) =>
    total === null ? [] : replicasFor(current, total, target),
  );
  if (asked.length === 0) return current;
  const most = Math.max(...asked);
  return asked.length < metrics.length ? Math.max(most, current) : most;
}

export function replicasFor(current: number, total: number, target: number): number {
  const ratio = total / (target * current);
  return Math.abs(ratio - 1) <= TOLERANCE ? current : Math.ceil(total / target);
}
