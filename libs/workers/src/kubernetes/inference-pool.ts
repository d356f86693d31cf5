// What we keep of an InferencePool (Gateway API inference extension, v1): which pods, at which ports, and what its
// annotations say of them. No client package has its types; the CRD's schema is enforced by the server.
import { POOL_LABEL, ROPE_FACTOR_LABEL, WINDOW_LABEL } from './found-pod.ts';
import { type KubeObject, namespacedPath, type Resource } from './resource.ts';

export interface InferencePool extends KubeObject {
  readonly name: string;
  /** Label selector of its pods; '' selects none. */
  readonly selector: string;
  /** Each is an engine of its own. */
  readonly ports: readonly number[];
  /** Stand for labels its pods do not have. */
  readonly defaults: Readonly<Record<string, string>>;
}

interface RawInferencePool {
  readonly metadata?: {
    readonly uid?: string;
    readonly name?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly targetPorts?: readonly { readonly number?: number }[];
  };
}

export function inferencePoolResource(namespace: string): Resource<InferencePool> {
  return {
    name: 'inferencepools',
    path: namespacedPath('/apis/inference.networking.k8s.io/v1', namespace, 'inferencepools'),
    selector: '',
    parse: parseInferencePool,
  };
}

/** Throws a TypeError naming what is missing. */
function parseInferencePool(value: unknown): InferencePool {
  const { metadata, spec } = value as RawInferencePool;
  const { uid, name, resourceVersion, annotations = {} } = metadata ?? {};
  if (!uid || !name || !resourceVersion)
    throw new TypeError('an InferencePool without uid, name or resourceVersion');
  const labels = Object.entries(spec?.selector?.matchLabels ?? {});
  return {
    uid,
    name,
    resourceVersion,
    selector: labels.map(([label, text]) => `${label}=${text}`).join(','),
    ports: (spec?.targetPorts ?? []).flatMap(({ number }) => number ?? []),
    defaults: Object.fromEntries(
      [POOL_LABEL, ROPE_FACTOR_LABEL, WINDOW_LABEL].flatMap((label) => {
        const text = annotations[label];
        return text === undefined ? [] : [[label, text] as const];
      }),
    ),
  };
}
