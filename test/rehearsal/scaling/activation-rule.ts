// KEDA's part: between none and one. What it does with what a scaler says, as seen of KEDA 2.21 on a real control plane:
// a push or an active poll wakes at once; the way to zero is the cool-down after the last activity; no answer changes
// nothing, and the cool-down runs on.

interface ActivationTerms {
  readonly minReplicas: number;
  readonly cooldownMs: number;
}

export class ActivationRule {
  readonly #terms: ActivationTerms;
  #lastActiveMs: number | null = null;

  constructor(terms: ActivationTerms) {
    this.#terms = terms;
  }

  /** Replicas from now on. `isActive` null: the scaler did not say. */
  polled(replicas: number, isActive: boolean | null, nowMs: number): number {
    const atLeast = Math.max(replicas, this.#terms.minReplicas);
    if (isActive === null) return atLeast;
    if (isActive) return this.pushed(atLeast, nowMs);
    const isCool = this.#lastActiveMs === null || nowMs - this.#lastActiveMs > this.#terms.cooldownMs;
    return isCool && this.#terms.minReplicas === 0 ? 0 : atLeast;
  }

  /** The stream said that the pool is needed. That it is not is said there too, and ignored (kedacore/keda#7116). */
  pushed(replicas: number, nowMs: number): number {
    this.#lastActiveMs = nowMs;
    return Math.max(replicas, 1);
  }
}
