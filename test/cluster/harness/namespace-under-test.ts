// What a test file starts with: a namespace of its own on the run's control plane, a node without GPUs, and whoever plays
// kubelets, Services and volumes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../control-plane/cluster.ts';
import { CLUSTER_FOLDER } from '../global-setup.ts';
import { Kubelet } from './kubelet.ts';
import { addNode, removeNode } from './nodes.ts';
import { PodNetwork } from './pod-network.ts';
import { ServiceNames } from './service-names.ts';
import { Services } from './services.ts';
import { settles } from './settles.ts';
import { Storage } from './storage.ts';

/** Hundreds of pods have to go. */
const GONE_MS = 480_000;

export interface NamespaceUnderTest {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly network: PodNetwork;
  readonly names: ServiceNames;
  readonly kubelet: Kubelet;
  readonly services: Services;
  /** Of the namespace, with `rest` after it: `/pods`. */
  path(rest: string, group?: string): string;
  /** Deletes the namespace with all that is in it, and ends every process. */
  close(): Promise<void>;
}

/** `cluster`: another than the run's. */
export async function openNamespace(name: string, cluster = runsCluster()): Promise<NamespaceUnderTest> {
  await cluster.newNamespace(name);
  await addNode(cluster.kube, `${name}-cpu`, null);
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-namespace-'));
  const names = new ServiceNames(folder);
  const network = await PodNetwork.open();
  const kubelet = Kubelet.start(cluster, network, names);
  const services = new Services({ cluster, network, names, kubelet });
  const storage = new Storage(cluster.kube, name);
  return {
    cluster,
    namespace: name,
    network,
    names,
    kubelet,
    services,
    path: (rest, group = 'api/v1') => `/${group}/namespaces/${name}${rest}`,
    close: async () => {
      await cluster.kube.remove(`/api/v1/namespaces/${name}`);
      const isGone = async () => (await cluster.kube.find(`/api/v1/namespaces/${name}`)) === undefined;
      await settles(`namespace ${name} is gone`, isGone, GONE_MS);
      // Not before: kwok lets a pod go only while its node is there.
      await removeNode(cluster.kube, `${name}-cpu`);
      await Promise.all([services.stop(), storage.stop()]);
      await kubelet.stop();
      network.close();
      rmSync(folder, { recursive: true, force: true });
      await cluster.close();
    },
  };
}

function runsCluster(): Cluster {
  const folder = process.env[CLUSTER_FOLDER];
  if (folder === undefined) throw new Error('no control plane runs: npm run test:cluster');
  return Cluster.in(folder);
}
