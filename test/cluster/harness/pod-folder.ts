// A pod's files: its volumes and its service account's token, written to a folder.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  V1ConfigMap,
  V1Container,
  V1KeyToPath,
  V1Pod,
  V1Secret,
  V1Volume,
} from '@kubernetes/client-node';
import { writeKubeconfig } from '../control-plane/access.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { MountPaths } from './mount-paths.ts';

const TOKEN_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

export class PodFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'ropeway-pod-'));
  readonly #cluster: Cluster;
  readonly #pod: V1Pod;
  readonly #paths: MountPaths;

  constructor(cluster: Cluster, pod: V1Pod, address: string) {
    this.#cluster = cluster;
    this.#pod = pod;
    const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    this.#paths = new MountPaths(new Map(containers.flatMap((each) => this.#mountsOf(each))), address);
  }

  get #namespace(): string {
    return this.#pod.metadata?.namespace ?? '';
  }

  get kubeconfig(): string {
    return join(this.path, 'kubeconfig');
  }

  /** Throws what a kubelet would have said of a volume that is missing. */
  async write(): Promise<void> {
    // What a claim of a StatefulSet is for is among them, too: admission has put it there.
    for (const volume of this.#pod.spec?.volumes ?? []) await this.#writeVolume(volume);
    if (this.#pod.spec?.automountServiceAccountToken !== false) await this.renewToken();
  }

  /** The text as it is right here. */
  localise(text: string): string {
    return this.#paths.localise(text);
  }

  /** A token of its service account bound to the pod, and a kubeconfig that points to it. */
  async renewToken(): Promise<void> {
    const { name = '', uid = '' } = this.#pod.metadata ?? {};
    const account = this.#pod.spec?.serviceAccountName ?? 'default';
    const token = await this.#cluster.tokenOf(this.#namespace, account, { name, uid });
    const folder = join(this.path, TOKEN_FOLDER);
    put(join(folder, 'token'), token);
    put(join(folder, 'ca.crt'), this.#cluster.access.authority);
    put(join(folder, 'namespace'), this.#namespace);
    const options = { namespace: this.#namespace, tokenFile: join(folder, 'token') };
    writeKubeconfig(this.kubeconfig, this.#cluster.access, options);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  }

  #mountsOf({ volumeMounts = [] }: V1Container): [string, string][] {
    return volumeMounts.map(({ name, mountPath, subPath }) => [
      mountPath,
      join(this.path, 'volumes', name, subPath ?? ''),
    ]);
  }

  async #writeVolume(volume: V1Volume): Promise<void> {
    const folder = join(this.path, 'volumes', volume.name);
    mkdirSync(folder, { recursive: true });
    const { configMap, secret, projected } = volume;
    if (configMap) await this.#writeConfigMap(folder, configMap.name ?? '', configMap);
    if (secret) await this.#writeSecret(folder, secret.secretName ?? '', secret);
    for (const source of projected?.sources ?? []) {
      if (source.configMap) await this.#writeConfigMap(folder, source.configMap.name ?? '', source.configMap);
      if (source.secret) await this.#writeSecret(folder, source.secret.name ?? '', source.secret);
    }
  }

  async #writeConfigMap(folder: string, name: string, { items, optional }: Choice): Promise<void> {
    const path = `/api/v1/namespaces/${this.#namespace}/configmaps/${name}`;
    const found = await this.#cluster.kube.find<V1ConfigMap>(path);
    if (found === undefined && optional !== true) throw new Error(`configmap "${name}" not found`);
    for (const [key, file] of chosen(found?.data, items))
      put(join(folder, file), this.localise(found?.data?.[key] ?? ''));
  }

  async #writeSecret(folder: string, name: string, { items, optional }: Choice): Promise<void> {
    const path = `/api/v1/namespaces/${this.#namespace}/secrets/${name}`;
    const found = await this.#cluster.kube.find<V1Secret>(path);
    if (found === undefined && optional !== true) throw new Error(`secret "${name}" not found`);
    for (const [key, file] of chosen(found?.data, items))
      put(join(folder, file), Buffer.from(found?.data?.[key] ?? '', 'base64').toString());
  }
}

interface Choice {
  readonly items?: V1KeyToPath[];
  readonly optional?: boolean;
}

function chosen(data: Readonly<Record<string, string>> | undefined, items: V1KeyToPath[] | undefined) {
  if (items) return items.map(({ key, path }) => [key, path] as const);
  return Object.keys(data ?? {}).map((key) => [key, key] as const);
}

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
}
