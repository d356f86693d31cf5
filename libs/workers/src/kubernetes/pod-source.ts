// The three ways to find worker pods, behind one question: which are there?
import type { PoolDeclaration } from '../fleet.ts';
import type { Cluster } from './cluster.ts';
import type { DiscoverySettings } from './discovery-settings.ts';
import type { FoundPod } from './found-pod.ts';
import type { ReflectorReading } from './reflector.ts';
import type { ResourceName } from './resource.ts';
import type { WatchPorts } from './watched-resource.ts';

export interface PodSource {
  /** As last known; empty until it is synced. */
  readonly found: readonly FoundPod[];
  readonly isSynced: boolean;
  /** One of each watch. */
  readonly readings: readonly (readonly [ResourceName, ReflectorReading])[];
  /** Resolves when every list was read once, or the signal aborts. */
  synced(signal: AbortSignal): Promise<void>;
  /** The declared pools are others now. */
  redeclare(pools: readonly PoolDeclaration[]): void;
  close(): Promise<void>;
}

export interface SourceInput {
  readonly settings: DiscoverySettings;
  readonly pools: readonly PoolDeclaration[];
  readonly cluster: Cluster;
  /** `changed` is told that `found` may be other now; it must not throw. */
  readonly ports: Omit<WatchPorts<never>, 'cluster'>;
}
