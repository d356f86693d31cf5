// Mode `endpointslices`: one watch on the slices of the pools' Services. It asks for no right to see pods, and knows
// less: no labels, no reasons why a pod does not start.
import type { PoolDeclaration } from '../fleet.ts';
import { type EndpointSlice, findInSlices, sliceResource } from './endpoint-slice.ts';
import type { FoundPod } from './found-pod.ts';
import type { PodSource, SourceInput } from './pod-source.ts';
import { WatchedResource } from './watched-resource.ts';

export class ServiceEndpoints implements PodSource {
  readonly #input: SourceInput;
  readonly #watch: WatchedResource<EndpointSlice>;
  /** Pool by Service. */
  #poolOf: ReadonlyMap<string, string>;

  constructor(input: SourceInput) {
    this.#input = input;
    this.#poolOf = byService(input.pools);
    const { cluster, ports } = input;
    this.#watch = new WatchedResource(this.#resource(), { ...ports, cluster });
  }

  get found(): readonly FoundPod[] {
    const { scheme, port } = this.#input.settings;
    return findInSlices(this.#watch.objects, { scheme, port, poolOf: this.#poolOf });
  }

  get isSynced(): boolean {
    return this.#watch.isSynced;
  }

  get readings(): PodSource['readings'] {
    return [['endpointslices', this.#watch.reading]];
  }

  async synced(signal: AbortSignal): Promise<void> {
    await this.#watch.synced(signal);
  }

  redeclare(pools: readonly PoolDeclaration[]): void {
    this.#poolOf = byService(pools);
    this.#watch.ask(this.#resource());
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  #resource() {
    return sliceResource(this.#input.cluster.namespace, [...this.#poolOf.keys()]);
  }
}

function byService(pools: readonly PoolDeclaration[]): ReadonlyMap<string, string> {
  return new Map(pools.map(({ name, service = name }) => [service, name]));
}
