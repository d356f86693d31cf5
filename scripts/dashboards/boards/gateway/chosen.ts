// Series of this board: of every pool, one line a process.
import { type Definition, seriesWithin } from '../../series.ts';
import { max, now, type Vector } from '../../vectors.ts';

export const chosen = seriesWithin([]);

/** A gauge of each process. Outside Kubernetes it has no pod. */
export function ofEach(definition: Definition<'gauge'>): Vector<'pod' | 'instance'> {
  return max(now(chosen<Definition<'gauge'>>(definition)), 'pod', 'instance');
}
