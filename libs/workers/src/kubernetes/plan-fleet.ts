// Which of the pods that were found are workers of which pool, which are on their way, and which cannot be used and why.
// Pure: the same pods and pools give the same plan, whatever happened before.
import type { Defect } from '../defect.ts';
import type { PoolDeclaration, WorkerDeclaration } from '../fleet.ts';
import { type FoundPod, POOL_LABEL } from './found-pod.ts';
import { judgeClaims } from './judge-claims.ts';
import type { PodTrouble } from './pod-trouble.ts';

export interface FleetPlan {
  /** The declared pools with the workers found for them, besides those they name themselves. */
  readonly pools: readonly PoolDeclaration[];
  /** Of pods that were asked to end. */
  readonly terminating: readonly string[];
  /** Every pod on its way, by pool. */
  readonly coming: ReadonlyMap<string, readonly ComingPod[]>;
  /** Pods that belong to no pool we know, by name, with a sentence that says what to change. */
  readonly ignored: ReadonlyMap<string, string>;
}

export interface ComingPod {
  readonly uid: string;
  /** null: it may still come. */
  readonly trouble: PodTrouble | null;
}

/** `wasReady`: uids of pods that took work once, and keep their worker while they are not Ready for a time. */
export function planFleet(
  pools: readonly PoolDeclaration[],
  found: readonly FoundPod[],
  wasReady: ReadonlySet<string>,
): FleetPlan {
  const workers = new Map<string, WorkerDeclaration[]>(pools.map(({ name }) => [name, []]));
  const coming = new Map<string, ComingPod[]>(pools.map(({ name }) => [name, []]));
  const ignored = new Map<string, string>();
  const holders = holdersOf(found, wasReady);
  const terminating: string[] = [];
  for (const pod of inOrder(found)) {
    if (pod.isTerminating) {
      terminating.push(...pod.origins.filter((origin) => !holders.has(origin)));
      continue;
    }
    const pool = pools.find(({ name }) => name === pod.pool);
    if (pool === undefined) {
      ignored.set(pod.name, homeless(pod, pools));
      continue;
    }
    const defect = judgeClaims(pod, pool);
    if (!pod.isReady)
      coming.get(pool.name)?.push({ uid: pod.uid, trouble: pod.trouble ?? asTrouble(defect) });
    if (!pod.isReady && !wasReady.has(pod.uid)) continue;
    workers.get(pool.name)?.push(...workersOf(pod, defect, holders));
  }
  return {
    pools: pools.map((pool) => ({ ...pool, workers: [...pool.workers, ...(workers.get(pool.name) ?? [])] })),
    terminating,
    coming,
    ignored,
  };
}

/** The pods that say they serve at an address, oldest name first; several of them cannot be told apart there. */
function holdersOf(
  found: readonly FoundPod[],
  wasReady: ReadonlySet<string>,
): ReadonlyMap<string, readonly FoundPod[]> {
  const holders = new Map<string, FoundPod[]>();
  for (const pod of inOrder(found)) {
    if (pod.isTerminating || !(pod.isReady || wasReady.has(pod.uid))) continue;
    for (const origin of pod.origins) holders.set(origin, [...(holders.get(origin) ?? []), pod]);
  }
  return holders;
}

function workersOf(
  pod: FoundPod,
  defect: Defect | null,
  holders: ReadonlyMap<string, readonly FoundPod[]>,
): WorkerDeclaration[] {
  return pod.origins.flatMap((url) => {
    const [first, ...others] = holders.get(url) ?? [];
    // An address is one worker, declared once: by the first of those that claim it.
    if (first !== pod) return [];
    const wrong = others.length === 0 ? defect : shared(url, [first, ...others]);
    return {
      url,
      uid: pod.uid,
      name: pod.name,
      ...(wrong === null ? {} : { defect: wrong }),
      ...(pod.isReady ? {} : { pause: paused(pod) }),
    };
  });
}

function shared(url: string, pods: readonly FoundPod[]): Defect {
  const names = pods.map(({ name }) => name).join(' and ');
  const reason = `pods ${names} are both at ${url}; give each an address or a port of its own (hostNetwork?), or remove one`;
  return { cause: 'address', reason };
}

function paused({ unreadyReason }: FoundPod): string {
  return `its pod is not Ready${unreadyReason === '' ? '' : ` (${unreadyReason})`}`;
}

function asTrouble(defect: Defect | null): PodTrouble | null {
  return defect === null ? null : { kind: 'config', detail: defect.reason };
}

function homeless({ name, pool }: FoundPod, pools: readonly PoolDeclaration[]): string {
  const names = pools.map((each) => each.name).join(', ');
  return pool === null
    ? `pod ${name} has no label ${POOL_LABEL}; label it with the name of its pool (${names}), or keep it out of discovery.selector`
    : `pod ${name} is of pool "${pool}", which is not configured; add it to \`pools\`, or correct its label ${POOL_LABEL} (${names})`;
}

/** By name, then uid, so that the order in which they were heard of decides nothing. */
function inOrder(found: readonly FoundPod[]): readonly FoundPod[] {
  return [...found].sort((a, b) => compare(a.name, b.name) || compare(a.uid, b.uid));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
