export type { TokenizerProbe } from './check-tokenizer.ts';
export * from './clock.ts';
export { QUARANTINE_CAUSES, type QuarantineCause } from './defect.ts';
export * from './fleet.ts';
export type { FleetEvent } from './fleet-event.ts';
export * from './fleet-options.ts';
export { Cluster } from './kubernetes/cluster.ts';
export {
  type DiscoveredFleet,
  Discovery,
  type DiscoveryReading,
} from './kubernetes/discovery.ts';
export type { DiscoveryEvent } from './kubernetes/discovery-event.ts';
export type { DiscoverySettings } from './kubernetes/discovery-settings.ts';
export { openCluster } from './kubernetes/open-cluster.ts';
export type { ReflectorEvent } from './kubernetes/reflector-event.ts';
export { ReflectorTally } from './kubernetes/reflector-tally.ts';
export { type PodWatch, watchPods } from './kubernetes/watch-pods.ts';
export * from './prefix-index.ts';
export * from './retry-budget.ts';
export * from './slot-list.ts';
export * from './static-fleet.ts';
