// The way to the API server, from the configuration's words.
import { Cluster } from './cluster.ts';
import { kubeConfigCredentials } from './kube-config-credentials.ts';

interface ClusterSettings {
  /** A kubeconfig file; null: the service account of the pod we run in. */
  readonly kubeconfig: string | null;
  /** null: that of the credentials. */
  readonly namespace: string | null;
}

/** Rejects when there are no credentials or they cannot be read; connects to nothing yet. */
export async function openCluster({ kubeconfig, namespace }: ClusterSettings): Promise<Cluster> {
  return new Cluster(await kubeConfigCredentials(kubeconfig), namespace);
}
