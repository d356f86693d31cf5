// What we keep of a pod: a hundredth of what the API server sends.
import type { V1Pod } from '@kubernetes/client-node';
import { type PodTrouble, podTrouble } from './pod-trouble.ts';
import { type KubeObject, namespacedPath, type Resource } from './resource.ts';

export interface Pod extends KubeObject {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its address; null until it has one, and once its containers have ended for good. */
  readonly ip: string | null;
  readonly node: string | null;
  /** Ready, not going, and not ended: may take work. */
  readonly isReady: boolean;
  /** Why the last Ready condition says no, in Kubernetes' words; '' when it says yes or nothing. */
  readonly unreadyReason: string;
  /** It has been asked to end: it takes nothing new. */
  readonly isTerminating: boolean;
  /** Its containers have ended for good (Succeeded, Failed, as evicted pods are): its address may be another's. */
  readonly hasEnded: boolean;
  /** Why it cannot become ready as things stand. */
  readonly trouble: PodTrouble | null;
}

export function podResource(namespace: string, selector: string): Resource<Pod> {
  return { name: 'pods', path: namespacedPath('/api/v1', namespace, 'pods'), selector, parse: parsePod };
}

/** Throws a TypeError naming what is missing. */
export function parsePod(value: unknown): Pod {
  // The one cast: of what a server said it is, field by field below.
  const { metadata, spec, status } = value as V1Pod;
  const { uid, name, resourceVersion } = metadata ?? {};
  if (!uid || !name || !resourceVersion) throw new TypeError('a pod without uid, name or resourceVersion');
  const isTerminating = metadata?.deletionTimestamp != null;
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    uid,
    name,
    resourceVersion,
    labels: metadata?.labels ?? {},
    ip: hasEnded ? null : (status?.podIP ?? null),
    node: spec?.nodeName ?? null,
    isReady: ready?.status === 'True' && !isTerminating && !hasEnded,
    unreadyReason: ready === undefined || ready.status === 'True' ? '' : inWords(ready.reason, ready.message),
    isTerminating,
    hasEnded,
    trouble: isTerminating || hasEnded || ready?.status === 'True' ? null : podTrouble(status),
  };
}

function inWords(reason: string | undefined, message: string | undefined): string {
  return [reason, message].filter((text) => text !== undefined && text !== '').join(': ');
}
