// The pods a label selector matches, kept up to date. For whoever needs pods and not workers: the scaler finds gateways
// with it.
import type { Clock } from '../clock.ts';
import type { Cluster } from './cluster.ts';
import { type Pod, podResource } from './pod.ts';
import { Reflector } from './reflector.ts';
import type { ReflectorEvent } from './reflector-event.ts';
import type { ReflectorOptions } from './reflector-options.ts';

interface PodWatchInput {
  readonly cluster: Cluster;
  /** Default: the cluster's own. */
  readonly namespace?: string;
  /** As in `app.kubernetes.io/component=gateway`. */
  readonly selector: string;
  /** Told every pod as now known: after the first list, then whenever one changed. May throw: that is logged. */
  readonly changed: (pods: readonly Pod[]) => void;
  /** Must not throw. */
  readonly log?: (event: ReflectorEvent) => void;
  readonly options?: Partial<ReflectorOptions>;
  readonly clock?: Clock;
  /** 0 <= value < 1. */
  readonly random?: () => number;
}

export type PodWatch = Reflector<Pod>;

/** Starts at once and goes on, through any failure, until it is closed. */
export function watchPods({ cluster, namespace, selector, ...rest }: PodWatchInput): PodWatch {
  return new Reflector({ cluster, resource: podResource(namespace ?? cluster.namespace, selector), ...rest });
}
