// What a kubelet writes into a pod's status.
import type { V1Container, V1Pod } from '@kubernetes/client-node';

export interface ContainerSight {
  readonly container: V1Container;
  readonly state: 'creating' | 'running' | 'completed' | 'failed' | 'crash-loop' | 'no-image' | 'no-config';
  readonly restarts: number;
  /** Why it is not running. */
  readonly detail: string;
}

interface PodSight {
  readonly address: string;
  readonly isInitialised: boolean;
  readonly isReady: boolean;
  readonly containers: readonly ContainerSight[];
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
}

/** For a strategic merge patch of the status subresource. */
export function podStatus(sight: PodSight, at: string): NonNullable<V1Pod['status']> | object {
  const condition = (type: string, isSo: boolean) => ({
    type,
    status: isSo ? 'True' : 'False',
    lastTransitionTime: at,
  });
  const areReady = condition('ContainersReady', sight.isReady);
  return {
    phase: sight.phase,
    hostIP: '127.0.0.1',
    podIP: sight.address,
    podIPs: [{ ip: sight.address }],
    startTime: at,
    conditions: [condition('Initialized', sight.isInitialised), condition('Ready', sight.isReady), areReady],
    containerStatuses: sight.containers.map((each) => containerStatus(each, sight.isReady, at)),
  };
}

function containerStatus(
  { container, state, restarts, detail }: ContainerSight,
  isReady: boolean,
  at: string,
) {
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: isReady && state === 'running',
    started: state === 'running',
    restartCount: restarts,
    state: stateOf(state, detail, at),
  };
}

function stateOf(state: ContainerSight['state'], detail: string, at: string) {
  const ended = { startedAt: at, finishedAt: at };
  switch (state) {
    case 'creating':
      return { waiting: { reason: 'ContainerCreating' } };
    case 'running':
      return { running: { startedAt: at } };
    case 'completed':
      return { terminated: { exitCode: 0, reason: 'Completed', ...ended } };
    case 'failed':
      return { terminated: { exitCode: 1, reason: 'Error', message: detail, ...ended } };
    case 'crash-loop':
      return { waiting: { reason: 'CrashLoopBackOff', message: detail } };
    case 'no-image':
      return { waiting: { reason: 'ImagePullBackOff', message: detail } };
    case 'no-config':
      return { waiting: { reason: 'CreateContainerConfigError', message: detail } };
  }
}
