// How workers are found; the configuration's `discovery` section in this lib's words.

export interface DiscoverySettings {
  readonly mode: 'pods' | 'endpointslices' | 'inferencepool';
  /** null: that of the credentials. */
  readonly namespace: string | null;
  /** A kubeconfig file; null: the service account of the pod we run in. */
  readonly kubeconfig: string | null;
  /** Label selector of worker pods, in mode `pods`. */
  readonly selector: string;
  /** Where workers listen, unless a slice or an InferencePool says. */
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** Names, in mode `inferencepool`; empty: all of the namespace. */
  readonly inferencePools: readonly string[];
  /** See ReflectorOptions. */
  readonly watchMs: number;
  readonly answerMs: number;
}
