// Mode `inferencepool`: a watch on InferencePools, and one on the pods of each. What a pool's annotations say stands for
// labels its pods do not have, so one InferencePool may span every rope or be one of them.
import { findInPod } from './find-in-pod.ts';
import type { FoundPod } from './found-pod.ts';
import { type InferencePool, inferencePoolResource } from './inference-pool.ts';
import { type Pod, podResource } from './pod.ts';
import type { PodSource, SourceInput } from './pod-source.ts';
import { WatchedResource } from './watched-resource.ts';

export class InferencePoolPods implements PodSource {
  readonly #input: SourceInput;
  readonly #pools: WatchedResource<InferencePool>;
  /** By the InferencePool's uid. */
  readonly #members = new Map<string, WatchedResource<Pod>>();
  /** Of InferencePools that were removed, until their last question ended. */
  readonly #closing = new Set<Promise<void>>();
  #wasSynced = false;

  constructor(input: SourceInput) {
    this.#input = input;
    const { cluster, ports } = input;
    this.#pools = new WatchedResource(inferencePoolResource(cluster.namespace), {
      ...ports,
      cluster,
      changed: () => this.#follow(),
    });
  }

  /** A pod that two InferencePools select is found once, as the first by name says. */
  get found(): readonly FoundPod[] {
    const { scheme } = this.#input.settings;
    const found = new Map<string, FoundPod>();
    for (const { uid, ports, defaults } of this.#chosen()) {
      for (const pod of this.#members.get(uid)?.objects ?? []) {
        const as = findInPod(pod, { scheme, ports }, defaults);
        if (as !== null && !found.has(as.uid)) found.set(as.uid, as);
      }
    }
    return [...found.values()];
  }

  /** Once it is, an InferencePool that is new has its pods found when their list is there; the others go on meanwhile. */
  get isSynced(): boolean {
    this.#wasSynced ||= this.#pools.isSynced && [...this.#members.values()].every((watch) => watch.isSynced);
    return this.#wasSynced;
  }

  get readings(): PodSource['readings'] {
    const members = [...this.#members.values()].map((watch) => ['pods', watch.reading] as const);
    return [['inferencepools', this.#pools.reading], ...members];
  }

  async synced(signal: AbortSignal): Promise<void> {
    await this.#pools.synced(signal);
    await Promise.all([...this.#members.values()].map((watch) => watch.synced(signal)));
  }

  /** InferencePools name the pools; which of them are declared changes nothing of what is watched. */
  redeclare(): void {}

  async close(): Promise<void> {
    await this.#pools.close();
    for (const watch of this.#members.values()) this.#close(watch);
    await Promise.all(this.#closing);
  }

  #chosen(): readonly InferencePool[] {
    const { inferencePools } = this.#input.settings;
    return this.#pools.objects
      .filter(({ name, selector }) => selector !== '' && isNamed(name, inferencePools))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** One watch on pods for each InferencePool there is now. */
  #follow(): void {
    const chosen = this.#chosen();
    for (const [uid, watch] of this.#members) {
      if (chosen.some((pool) => pool.uid === uid)) continue;
      this.#members.delete(uid);
      this.#close(watch);
    }
    for (const { uid, selector } of chosen) {
      const resource = podResource(this.#input.cluster.namespace, selector);
      const known = this.#members.get(uid);
      if (known === undefined) this.#members.set(uid, this.#watchPods(resource));
      else known.ask(resource);
    }
    this.#input.ports.changed();
  }

  #watchPods(resource: ReturnType<typeof podResource>): WatchedResource<Pod> {
    const { cluster, ports } = this.#input;
    return new WatchedResource(resource, { ...ports, cluster });
  }

  #close(watch: WatchedResource<Pod>): void {
    const closing = watch.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

function isNamed(name: string, names: readonly string[]): boolean {
  return names.length === 0 || names.includes(name);
}
