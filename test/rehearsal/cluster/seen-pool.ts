// A pool of workers as the control plane shows it, look by look.
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { isPodReady } from '../../cluster/harness/services.ts';
import type { PlayedPool } from '../day/played-pools.ts';
import type { HeldPod, PoolOnStage } from '../stage.ts';

interface SeenPod extends HeldPod {
  readonly isReady: boolean;
}

export class SeenPool implements PoolOnStage {
  readonly pool: PlayedPool;
  readonly #pods = new Map<string, SeenPod>();
  #wanted: number | null = null;
  #mostWanted = 0;

  constructor(pool: PlayedPool) {
    this.pool = pool;
  }

  get wanted(): number {
    return this.#wanted ?? 0;
  }

  get mostWanted(): number {
    return this.#mostWanted;
  }

  get pods(): readonly HeldPod[] {
    return [...this.#pods.values()];
  }

  get ready(): number {
    return [...this.#pods.values()].filter(({ isReady }) => isReady).length;
  }

  get standing(): number {
    return this.pods.filter(({ goneMs }) => goneMs === null).length;
  }

  /** What was wanted before; null: the same, or nobody had looked. */
  seeDeployment({ spec }: V1Deployment): number | null {
    const before = this.#wanted;
    const wanted = spec?.replicas ?? 0;
    this.#wanted = wanted;
    this.#mostWanted = Math.max(this.#mostWanted, wanted);
    return before === wanted ? null : before;
  }

  /** `there`: all pods of it. */
  seePods(there: readonly V1Pod[], nowMs: number): void {
    const known = new Map(there.map((pod) => [pod.metadata?.uid ?? '', pod]));
    for (const [uid, pod] of known) {
      const { bornMs, readyMs } = this.#pods.get(uid) ?? { bornMs: nowMs, readyMs: null };
      const isReady = isPodReady(pod);
      this.#pods.set(uid, {
        bornMs,
        isReady,
        readyMs: readyMs ?? (isReady ? nowMs : null),
        goneMs: null,
      });
    }
    for (const [uid, pod] of this.#pods)
      if (!known.has(uid) && pod.goneMs === null)
        this.#pods.set(uid, { ...pod, isReady: false, goneMs: nowMs });
  }
}
