// Is there still hope that a pool without a worker gets one? Kubernetes tells of obstacles that pass (a node may be on its
// way) and of those that seldom do (an image that is not there), so each kind has its grace.
import type { Obstacle, PoolView } from '#workers';
import { isAwake } from './is-awake.ts';

export interface ObstacleGrace {
  /** No node fits: a node autoscaler may be at work. */
  readonly unschedulableMs: number;
  /** Image, configuration, crash loop. */
  readonly obstacleMs: number;
}

/** No worker to use, and what is to become one has been held up for longer than its grace. */
export function isStuck(pool: PoolView, nowMs: number, grace: ObstacleGrace): boolean {
  const { obstacle } = pool.coming;
  if (obstacle === null || isAwake(pool)) return false;
  return nowMs - obstacle.sinceMs >= graceMs(obstacle, grace);
}

function graceMs({ kind }: Obstacle, { unschedulableMs, obstacleMs }: ObstacleGrace): number {
  return kind === 'unschedulable' ? unschedulableMs : obstacleMs;
}
