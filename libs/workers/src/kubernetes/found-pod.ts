// A pod that may be a worker, as Kubernetes shows it: the same words wherever it was found.
import type { PodTrouble } from './pod-trouble.ts';

export interface FoundPod {
  readonly uid: string;
  readonly name: string;
  /** Origins it serves at; empty while it has no address. More than one where each of its ports is an engine. */
  readonly origins: readonly string[];
  /** Name of its pool; null: nothing says it. */
  readonly pool: string | null;
  /** What its labels say of itself; null where it was found without labels. */
  readonly claims: PodClaims | null;
  /** May take work. */
  readonly isReady: boolean;
  /** Why it is not Ready, in Kubernetes' words; '' when nothing says. */
  readonly unreadyReason: string;
  /** It was asked to end. */
  readonly isTerminating: boolean;
  readonly trouble: PodTrouble | null;
}

/** Label texts; null where there is no such label. */
interface PodClaims {
  readonly ropeFactor: string | null;
  readonly windowTokens: string | null;
}

/** Labels of worker pods, and annotations of InferencePools. */
export const POOL_LABEL = 'ropeway.dev/pool';
export const ROPE_FACTOR_LABEL = 'ropeway.dev/rope-factor';
export const WINDOW_LABEL = 'ropeway.dev/window';

/** The worker's URL and id: `http://10.0.0.7:8000`, `http://[fd00::7]:8000`. */
export function originOf(scheme: 'http' | 'https', address: string, port: number): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return new URL(`${scheme}://${host}:${port}`).origin;
}
