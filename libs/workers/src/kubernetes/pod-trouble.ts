// Why a pod that is on its way cannot start, read off its status in Kubernetes' own words.
import type { V1ContainerStateTerminated, V1ContainerStatus, V1PodStatus } from '@kubernetes/client-node';
import type { Obstacle } from '../fleet.ts';

export interface PodTrouble {
  readonly kind: Obstacle['kind'];
  readonly detail: string;
}

/** The kubelet's waiting reasons (pkg/kubelet/images/types.go, pkg/kubelet/container/sync_result.go). */
const KINDS: Readonly<Record<string, Obstacle['kind']>> = {
  ErrImagePull: 'image',
  ImagePullBackOff: 'image',
  InvalidImageName: 'image',
  ErrImageNeverPull: 'image',
  ImageInspectError: 'image',
  RegistryUnavailable: 'image',
  SignatureValidationFailed: 'image',
  CrashLoopBackOff: 'crash-loop',
  CreateContainerConfigError: 'config',
  CreateContainerError: 'config',
  RunContainerError: 'config',
};
/** A worker may die once while it starts; one that died so often will not make it the next time either. */
const CRASHES_OF_A_LOOP = 2;

/**
 * One that ran for so long before it ended did not die of its start; restarts are counted over a pod's whole life. After the
 * same ten minutes the kubelet begins its own back-off anew (Pod Lifecycle, "How Pods handle problems with containers").
 */
const LONG_RUN_MS = 600_000;

/** null: nothing is known to be wrong; it may take its time. */
export function podTrouble(status: V1PodStatus | undefined): PodTrouble | null {
  return unschedulable(status) ?? stuckContainer(status);
}

function unschedulable(status: V1PodStatus | undefined): PodTrouble | null {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return null;
  return { kind: 'unschedulable', detail: scheduled.message || scheduled.reason || 'not scheduled' };
}

function stuckContainer(status: V1PodStatus | undefined): PodTrouble | null {
  for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const trouble = waiting(container) ?? crashing(container);
    if (trouble !== null) return trouble;
  }
  return null;
}

function waiting({ name, state, lastState }: V1ContainerStatus): PodTrouble | null {
  const { reason = '', message } = state?.waiting ?? {};
  const kind = KINDS[reason];
  if (kind === undefined) return null;
  const end = kind === 'crash-loop' ? ending(lastState?.terminated) : '';
  return { kind, detail: `${reason}: ${message ?? `container ${name}`}${end}` };
}

/** Between two crashes its container runs for a while: it is no nearer to being ready. */
function crashing({ name, ready, restartCount, lastState }: V1ContainerStatus): PodTrouble | null {
  const last = lastState?.terminated;
  if (ready || last == null || last.exitCode === 0 || restartCount < CRASHES_OF_A_LOOP) return null;
  if (ranForMs(last) >= LONG_RUN_MS) return null;
  return {
    kind: 'crash-loop',
    detail: `container ${name} was restarted ${restartCount} times${ending(last)}`,
  };
}

/** NaN where the times are not given, which is less than any. The types say Date; the server sends texts. */
function ranForMs({ startedAt, finishedAt }: V1ContainerStateTerminated): number {
  return Date.parse(String(finishedAt)) - Date.parse(String(startedAt));
}

function ending(last: { readonly exitCode: number; readonly reason?: string } | undefined): string {
  return last == null ? '' : `; it last ended with ${last.reason ?? 'an error'}, exit code ${last.exitCode}`;
}
