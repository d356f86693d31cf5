// Mode `pods`: one watch on the pods a label selector matches; their labels say the rest.
import { findInPod } from './find-in-pod.ts';
import type { FoundPod } from './found-pod.ts';
import { type Pod, podResource } from './pod.ts';
import type { PodSource, SourceInput } from './pod-source.ts';
import { WatchedResource } from './watched-resource.ts';

export class LabelledPods implements PodSource {
  readonly #input: SourceInput;
  readonly #watch: WatchedResource<Pod>;

  constructor(input: SourceInput) {
    this.#input = input;
    const { cluster, settings, ports } = input;
    this.#watch = new WatchedResource(podResource(cluster.namespace, settings.selector), {
      ...ports,
      cluster,
    });
  }

  get found(): readonly FoundPod[] {
    const { scheme, port } = this.#input.settings;
    return this.#watch.objects.flatMap((pod) => findInPod(pod, { scheme, ports: [port] }) ?? []);
  }

  get isSynced(): boolean {
    return this.#watch.isSynced;
  }

  get readings(): PodSource['readings'] {
    return [['pods', this.#watch.reading]];
  }

  async synced(signal: AbortSignal): Promise<void> {
    await this.#watch.synced(signal);
  }

  /** The labels name the pools; which of them are declared changes nothing of what is watched. */
  redeclare(): void {}

  close(): Promise<void> {
    return this.#watch.close();
  }
}
