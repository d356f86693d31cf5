// What Ropeway asks of the Kubernetes API, in one place: the chart must grant exactly this, and the tests on a real control
// plane hold the programs to it.

export interface ApiCall {
  readonly apiGroup: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** true: only objects the chart names. */
  readonly isNamed?: boolean;
}

export type DiscoveryMode = 'pods' | 'endpointslices' | 'inferencepool';

const PODS: ApiCall = { apiGroup: '', resource: 'pods', verbs: ['list', 'watch'] };

/** How a gateway finds workers (libs/workers/src/kubernetes). */
export const GATEWAY_CALLS: Readonly<Record<DiscoveryMode, readonly ApiCall[]>> = {
  pods: [PODS],
  endpointslices: [{ apiGroup: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list', 'watch'] }],
  inferencepool: [
    PODS,
    { apiGroup: 'inference.networking.k8s.io', resource: 'inferencepools', verbs: ['list', 'watch'] },
  ],
};

/** How the scaler finds gateways (apps/scaler/src/gateways). */
export const SCALER_CALLS: readonly ApiCall[] = [PODS];

/** `ropeway bootstrap`. What is created cannot be narrowed by name: Kubernetes does not know the name when it decides. */
export const BOOTSTRAP_CALLS: readonly ApiCall[] = [
  { apiGroup: '', resource: 'secrets', verbs: ['create'] },
  { apiGroup: '', resource: 'secrets', verbs: ['get'], isNamed: true },
];
