// What we keep of an EndpointSlice, and the pods it names. One endpoint may stand in several slices while they are
// rewritten, and a dual-stack Service has a slice for each family.
import type { V1EndpointSlice } from '@kubernetes/client-node';
import { type FoundPod, originOf } from './found-pod.ts';
import { type KubeObject, namespacedPath, type Resource } from './resource.ts';

export interface EndpointSlice extends KubeObject {
  readonly service: string;
  readonly family: string;
  readonly port: number | null;
  readonly endpoints: readonly Endpoint[];
}

interface Endpoint {
  readonly uid: string;
  readonly name: string;
  readonly address: string;
  readonly isReady: boolean;
  readonly isTerminating: boolean;
}

const SERVICE_LABEL = 'kubernetes.io/service-name';

/** The slices of these Services. */
export function sliceResource(namespace: string, services: readonly string[]): Resource<EndpointSlice> {
  return {
    name: 'endpointslices',
    path: namespacedPath('/apis/discovery.k8s.io/v1', namespace, 'endpointslices'),
    selector: `${SERVICE_LABEL} in (${[...services].sort().join(',')})`,
    parse: parseEndpointSlice,
  };
}

/** Throws a TypeError naming what is missing. */
export function parseEndpointSlice(value: unknown): EndpointSlice {
  const { metadata, addressType, endpoints, ports } = value as V1EndpointSlice;
  const { uid, resourceVersion, labels } = metadata ?? {};
  if (!uid || !resourceVersion) throw new TypeError('an EndpointSlice without uid or resourceVersion');
  const named = ports?.find(({ name }) => name === 'http') ?? ports?.[0];
  return {
    uid,
    resourceVersion,
    service: labels?.[SERVICE_LABEL] ?? '',
    family: addressType,
    port: named?.port ?? null,
    // null in a slice of a Service that selects nothing.
    endpoints: (endpoints ?? []).flatMap(({ addresses, conditions, targetRef }) => {
      // The API documents that only the first address is to be used.
      const [address] = addresses;
      if (address === undefined) return [];
      const isTerminating = conditions?.terminating === true;
      return {
        uid: targetRef?.uid ?? address,
        name: targetRef?.name ?? address,
        address,
        // nil means ready. An endpoint that serves while it terminates gets nothing new: vLLM refuses after SIGTERM.
        isReady: conditions?.ready !== false && !isTerminating,
        isTerminating,
      };
    }),
  };
}

interface SlicePools {
  readonly scheme: 'http' | 'https';
  /** Of slices that name none. */
  readonly port: number;
  /** Pool by Service. */
  readonly poolOf: ReadonlyMap<string, string>;
}

/** Each pod once, as its most certain slice shows it: going before ready before not ready. */
export function findInSlices(slices: readonly EndpointSlice[], pools: SlicePools): readonly FoundPod[] {
  const found = new Map<string, FoundPod>();
  // IPv4 before IPv6 for a pod that has both; names with FQDN addresses are not for us to resolve.
  const inOrder = slices
    .filter(({ family }) => family !== 'FQDN')
    .sort((a, b) => (a.family < b.family ? -1 : a.family > b.family ? 1 : 0));
  for (const slice of inOrder) {
    for (const endpoint of slice.endpoints) {
      const known = found.get(endpoint.uid);
      if (known === undefined || certainty(endpoint) > certainty(known))
        found.set(endpoint.uid, asFound(endpoint, slice, pools));
    }
  }
  return [...found.values()];
}

function certainty({ isReady, isTerminating }: Pick<FoundPod, 'isReady' | 'isTerminating'>): number {
  return isTerminating ? 2 : isReady ? 1 : 0;
}

function asFound(endpoint: Endpoint, slice: EndpointSlice, pools: SlicePools): FoundPod {
  const { uid, name, address, isReady, isTerminating } = endpoint;
  return {
    uid,
    name,
    origins: [originOf(pools.scheme, address, slice.port ?? pools.port)],
    pool: pools.poolOf.get(slice.service) ?? null,
    claims: null,
    isReady,
    unreadyReason: '',
    isTerminating,
    trouble: null,
  };
}
