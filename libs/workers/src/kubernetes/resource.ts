// What can be listed and watched: its name in metrics, its path, its selector, and how one of it is read.

/** What every object has; the version grows with each change of it. */
export interface KubeObject {
  readonly uid: string;
  readonly resourceVersion: string;
}

export type ResourceName = 'pods' | 'endpointslices' | 'inferencepools';

export interface Resource<T extends KubeObject> {
  readonly name: ResourceName;
  /** `/api/v1/namespaces/ropeway/pods`. */
  readonly path: string;
  /** Label selector; '' takes all. */
  readonly selector: string;
  /** Throws when it is not one. */
  parse(object: unknown): T;
}

/** Where a namespaced resource is listed. */
export function namespacedPath(api: string, namespace: string, plural: string): string {
  return `${api}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}
