// The times that are shortened so that a day fits into minutes. docs/rehearsal.md says beside each what it stands for.
export const PLAYED_TIMES = {
  /** From a worker's process to its open port: what loading the weights takes in reality. */
  coldStartMs: 4_000,
  /** KEDA's pollingInterval. */
  pollMs: 2_000,
  /** KEDA's cooldownPeriod. */
  cooldownMs: 8_000,
  /** Kubernetes' --horizontal-pod-autoscaler-sync-period. */
  syncMs: 1_000,
  /** Of the autoscaler on its way down. */
  stabilisationMs: 12_000,
  /** workers.warmUpMs of the gateways. */
  warmUpMs: 2_000,
} as const;

/** How fast the autoscaler may go: so many pods a period. */
export const PLAYED_STEPS = {
  scaleUp: { pods: 2, periodMs: 4_000, stabilisationMs: 0 },
  scaleDown: { pods: 1, periodMs: 3_000, stabilisationMs: PLAYED_TIMES.stabilisationMs },
} as const;
