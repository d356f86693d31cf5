// Nodes as clouds make them, played by kwok: GPU nodes with the labels of NVIDIA's feature discovery and the usual taint.
import type { Kube } from '../control-plane/kube.ts';

export interface GpuKind {
  readonly gpus: number;
  readonly product: string;
  readonly memoryMiB: number;
}

export const H100 = { gpus: 8, product: 'NVIDIA-H100-80GB-HBM3', memoryMiB: 81_559 } as const;

/** `labels`: besides the usual ones, the label of the test that may use it, say. */
export async function addNode(
  kube: Kube,
  name: string,
  gpu: GpuKind | null,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const amount = { cpu: '192', memory: '2048Gi', 'ephemeral-storage': '1000Gi', pods: '600' };
  const resources = gpu === null ? amount : { ...amount, 'nvidia.com/gpu': `${gpu.gpus}` };
  const taints = gpu === null ? [] : [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }];
  await kube.create('/api/v1/nodes', {
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { ...usualLabels(name), ...(gpu === null ? {} : gpuLabels(gpu)), ...labels },
    },
    spec: { taints },
    status: { allocatable: resources, capacity: resources },
  });
}

export function removeNode(kube: Kube, name: string): Promise<void> {
  return kube.remove(`/api/v1/nodes/${name}`);
}

function usualLabels(name: string): Readonly<Record<string, string>> {
  return {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'topology.kubernetes.io/region': 'test',
    'topology.kubernetes.io/zone': 'test-a',
    type: 'kwok',
  };
}

function gpuLabels({ gpus, product, memoryMiB }: GpuKind): Readonly<Record<string, string>> {
  return {
    'nvidia.com/gpu.present': 'true',
    'nvidia.com/gpu.product': product,
    'nvidia.com/gpu.count': `${gpus}`,
    'nvidia.com/gpu.memory': `${memoryMiB}`,
  };
}
