// What keeps a pool's coming pods from starting, and since when. The time is ours: the first moment we knew it.
import type { Clock } from '../clock.ts';
import type { Obstacle, PoolComing } from '../fleet.ts';
import type { ComingPod } from './plan-fleet.ts';

export class Obstacles {
  readonly #clock: Clock;
  readonly #known = new Map<string, Obstacle>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What to tell of each pool. Pods that are not named any more are forgotten. */
  judge(coming: ReadonlyMap<string, readonly ComingPod[]>): ReadonlyMap<string, PoolComing> {
    const uids = new Set([...coming.values()].flat().map(({ uid }) => uid));
    for (const uid of this.#known.keys()) if (!uids.has(uid)) this.#known.delete(uid);
    return new Map([...coming].map(([pool, pods]) => [pool, this.#judgePool(pods)]));
  }

  #judgePool(pods: readonly ComingPod[]): PoolComing {
    const obstacles = pods.map((pod) => this.#obstacleOf(pod));
    const all = obstacles.flatMap((obstacle) => obstacle ?? []);
    return { pods: pods.length, obstacle: all.length === pods.length ? mostHopeful(all) : null };
  }

  /** An image that fails first one way, then the other (ErrImagePull, ImagePullBackOff) fails since the first. */
  #obstacleOf({ uid, trouble }: ComingPod): Obstacle | null {
    const known = this.#known.get(uid);
    if (trouble === null) {
      this.#known.delete(uid);
      return null;
    }
    const sinceMs = known?.kind === trouble.kind ? known.sinceMs : this.#clock.nowMs();
    const obstacle = { ...trouble, sinceMs };
    this.#known.set(uid, obstacle);
    return obstacle;
  }
}

/** Every pod is stuck: the one that may yet come for the longest speaks for all. A node may be added for an unschedulable one. */
function mostHopeful(obstacles: readonly Obstacle[]): Obstacle | null {
  const unschedulable = obstacles.filter(({ kind }) => kind === 'unschedulable');
  const candidates = unschedulable.length > 0 ? unschedulable : obstacles;
  return candidates.reduce<Obstacle | null>(
    (last, obstacle) => (last === null || obstacle.sinceMs > last.sinceMs ? obstacle : last),
    null,
  );
}
