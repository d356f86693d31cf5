// Plays the kubelets for Ropeway's pods: each that is bound to a node becomes processes on this machine, at an address of
// its own. It looks at the pods ten times a second instead of watching them: nothing of it can miss an event.
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { Cluster } from '../control-plane/cluster.ts';
import type { PodFolder } from './pod-folder.ts';
import type { PodNetwork } from './pod-network.ts';
import { PodRun } from './pod-run.ts';
import { SERVICE_NAMES, type ServiceNames } from './service-names.ts';

const LOOK_EVERY_MS = 100;
const PLAYED = encodeURIComponent('app.kubernetes.io/name=ropeway');
const ADDRESS = 'ropeway.test/ip';

export class Kubelet {
  readonly #cluster: Cluster;
  readonly #network: PodNetwork;
  readonly #names: ServiceNames;
  readonly #runs = new Map<string, PodRun>();
  /** Of pods that are gone too, by namespace and name. */
  readonly #logs = new Map<string, PodRun['log']>();
  #pods: readonly V1Pod[] = [];
  #isOver = false;
  #looking: Promise<void>;

  private constructor(cluster: Cluster, network: PodNetwork, names: ServiceNames) {
    this.#cluster = cluster;
    this.#network = network;
    this.#names = names;
    this.#looking = this.#keepLooking();
  }

  static start(cluster: Cluster, network: PodNetwork, names: ServiceNames): Kubelet {
    return new Kubelet(cluster, network, names);
  }

  /** As last seen. */
  get pods(): readonly V1Pod[] {
    return this.#pods;
  }

  runs(namespace: string, component?: string): readonly PodRun[] {
    return [...this.#runs.values()].filter(
      ({ pod }) =>
        pod.metadata?.namespace === namespace &&
        (component === undefined || pod.metadata.labels?.['app.kubernetes.io/component'] === component),
    );
  }

  /** What every pod of a namespace wrote, for a failed test to show. */
  log(namespace: string): string {
    return [...this.#logs]
      .filter(([name]) => name.startsWith(`${namespace}/`))
      .map(([name, log]) => `--- ${name}\n${log.text}`)
      .join('\n');
  }

  /** Ends every process. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
    await Promise.all([...this.#runs.values()].map((run) => run.kill()));
  }

  async #keepLooking(): Promise<void> {
    while (!this.#isOver) {
      try {
        // From the API server's cache.
        const path = `/api/v1/pods?labelSelector=${PLAYED}&resourceVersion=0`;
        this.#pods = await this.#cluster.kube.list<V1Pod>(path);
        this.#follow();
      } catch {
        // It is away: what runs runs on.
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  #follow(): void {
    const there = new Set<string>();
    for (const pod of this.#pods) {
      const uid = pod.metadata?.uid ?? '';
      there.add(uid);
      const run = this.#runs.get(uid);
      if (run === undefined && pod.spec?.nodeName && !pod.metadata?.deletionTimestamp) this.#start(uid, pod);
      else if (run !== undefined && pod.metadata?.deletionTimestamp)
        void run.terminate(pod.metadata.deletionGracePeriodSeconds);
    }
    for (const [uid, run] of this.#runs) {
      if (there.has(uid)) continue;
      this.#runs.delete(uid);
      void run.kill();
    }
  }

  #start(uid: string, pod: V1Pod): void {
    const address = pod.metadata?.annotations?.[ADDRESS] ?? this.#network.newPodAddress();
    const given = (of: V1Pod, folder: PodFolder) => this.#given(of, folder);
    const run = new PodRun(pod, { cluster: this.#cluster, address, given });
    this.#runs.set(uid, run);
    this.#logs.set(`${pod.metadata?.namespace}/${pod.metadata?.name}`, run.log);
    void run.run();
  }

  /** A way to the API server that needs no path of the root, and the names of Services. */
  #given(pod: V1Pod, folder: PodFolder): Readonly<Record<string, string>> {
    const { hostname, port } = new URL(this.#cluster.access.url);
    return {
      HOSTNAME: pod.metadata?.name ?? '',
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      KUBECONFIG: folder.kubeconfig,
      ROPEWAY_DISCOVERY_KUBECONFIG: folder.kubeconfig,
      NODE_OPTIONS: `--import=${SERVICE_NAMES}`,
      ...this.#names.environment(pod.metadata?.namespace ?? ''),
    };
  }
}
