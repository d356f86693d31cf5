// Series of this board: of every pool, one line a process.
import type { Definition, LabelOf, TargetLabel } from '../../series.ts';
import { seriesWithin } from '../../series.ts';
import { max, now, type Vector } from '../../vectors.ts';

export const chosen = seriesWithin([]);

/** A gauge of each process. Outside Kubernetes it has no pod. */
export function ofEach<const Of extends Definition<'gauge'>>(
  definition: Of,
): Vector<Extract<LabelOf<Of> | TargetLabel, 'pod' | 'instance'>> {
  return max<LabelOf<Of> | TargetLabel, 'pod' | 'instance'>(now(chosen(definition)), 'pod', 'instance');
}
