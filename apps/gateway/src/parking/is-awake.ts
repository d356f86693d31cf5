// Has a pool a worker that may be given work? One that is merely full has.
import { isUsable } from '#routing';
import type { PoolView } from '#workers';

export function isAwake({ workers }: Pick<PoolView, 'workers'>): boolean {
  return workers.some(isUsable);
}
