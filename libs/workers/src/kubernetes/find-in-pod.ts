// A pod and what is said of it, as one that may be a worker.
import { type FoundPod, originOf, POOL_LABEL, ROPE_FACTOR_LABEL, WINDOW_LABEL } from './found-pod.ts';
import type { Pod } from './pod.ts';

interface WorkerPorts {
  readonly scheme: 'http' | 'https';
  readonly ports: readonly number[];
}

/** `defaults` stand for labels the pod does not have. null: the pod has ended and is nobody's worker any more. */
export function findInPod(
  pod: Pod,
  { scheme, ports }: WorkerPorts,
  defaults: Readonly<Record<string, string>> = {},
): FoundPod | null {
  const { uid, name, ip, labels, hasEnded, isReady, unreadyReason, isTerminating, trouble } = pod;
  if (hasEnded) return null;
  const said = (label: string) => labels[label] ?? defaults[label] ?? null;
  return {
    uid,
    name,
    origins: ip === null ? [] : ports.map((port) => originOf(scheme, ip, port)),
    pool: said(POOL_LABEL),
    claims: { ropeFactor: said(ROPE_FACTOR_LABEL), windowTokens: said(WINDOW_LABEL) },
    isReady,
    unreadyReason,
    isTerminating,
    trouble,
  };
}
