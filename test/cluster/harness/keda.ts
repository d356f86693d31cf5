// A real KEDA, outside a pod: its operator, and its metrics adapter behind the API server, through which HPAs ask.
import { rmSync } from 'node:fs';
import { newServerFolder, ServerProcess } from '../../servers/server-process.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { kedaAdapter, kedaOperator } from '../control-plane/components.ts';
import type { ServiceNames } from './service-names.ts';
import { startServiceProxy } from './service-proxy.ts';
import { settles } from './settles.ts';

const METRICS = '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io';

export interface Keda {
  /** What operator and adapter wrote. */
  readonly log: string;
  stop(): Promise<void>;
}

/** Resolves once the API server finds its metrics. */
export async function startKeda(cluster: Cluster, names: ServiceNames): Promise<Keda> {
  const { site, kubeconfig } = cluster;
  const proxy = await startServiceProxy(names);
  const folder = newServerFolder('keda');
  await cluster.kubectl.apply(aggregation(site.ports.kedaAdapter));
  const operator = new ServerProcess(kedaOperator(site, kubeconfig, proxy.url), folder);
  const adapter = new ServerProcess(kedaAdapter(site, kubeconfig), folder);
  const stop = async () => {
    await Promise.all([operator.kill9(), adapter.kill9()]);
    await proxy.close();
    rmSync(folder, { recursive: true, force: true });
    await cluster.kube.remove(METRICS);
  };
  try {
    await operator.start();
    await adapter.start();
    await settles('the external metrics are available', () => isAvailable(cluster));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    get log() {
      return `--- operator\n${operator.log}\n--- adapter\n${adapter.log}`;
    },
    stop,
  };
}

interface ApiService {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function isAvailable({ kube }: Cluster): Promise<boolean> {
  const service = await kube.find<ApiService>(METRICS);
  return (
    service?.status?.conditions?.some((each) => each.type === 'Available' && each.status === 'True') === true
  );
}

/** The API server reaches the adapter through a Service that is another name for this machine. */
function aggregation(port: number): readonly object[] {
  const name = { name: 'keda-metrics-apiserver', namespace: 'keda' };
  const metrics = { group: 'external.metrics.k8s.io', version: 'v1beta1' };
  const priorities = { groupPriorityMinimum: 100, versionPriority: 100 };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'keda' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: name,
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.external.metrics.k8s.io' },
      spec: { ...metrics, ...priorities, insecureSkipTLSVerify: true, service: { ...name, port } },
    },
  ];
}
