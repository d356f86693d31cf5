export type { TokenizerProbe } from './check-tokenizer.ts';
export * from './clock.ts';
export { type Defect, QUARANTINE_CAUSES, type QuarantineCause } from './defect.ts';
export * from './fleet.ts';
export type { FleetEvent, TokenizerFinding } from './fleet-event.ts';
export * from './fleet-options.ts';
export { ApiFailure, type FailureCause } from './kubernetes/api-failure.ts';
export { Cluster } from './kubernetes/cluster.ts';
export type { Access, Credentials } from './kubernetes/credentials.ts';
export {
  type DiscoveredFleet,
  Discovery,
  type DiscoveryInput,
  type DiscoveryReading,
} from './kubernetes/discovery.ts';
export type { DiscoveryEvent } from './kubernetes/discovery-event.ts';
export type { DiscoverySettings } from './kubernetes/discovery-settings.ts';
export { type ClusterSettings, openCluster } from './kubernetes/open-cluster.ts';
export type { Pod } from './kubernetes/pod.ts';
export type { ReflectorReading } from './kubernetes/reflector.ts';
export type { ReflectorEvent } from './kubernetes/reflector-event.ts';
export type { ReflectorOptions } from './kubernetes/reflector-options.ts';
export { ReflectorTally } from './kubernetes/reflector-tally.ts';
export { type PodWatch, type PodWatchInput, watchPods } from './kubernetes/watch-pods.ts';
export * from './prefix-index.ts';
export * from './retry-budget.ts';
export * from './slot-list.ts';
export * from './static-fleet.ts';
