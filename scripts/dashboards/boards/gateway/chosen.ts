// Series of this board: of every pool, one line a process.
import { linesWithin } from '../../lines-within.ts';
import { type Definition, seriesWithin } from '../../series.ts';
import { max, now, type Vector } from '../../vectors.ts';

export const chosen = seriesWithin([]);
export const { halfAndMostLines, maxLines, rateLines } = linesWithin(chosen);

/** A line a process. Outside Kubernetes it has no pod. */
export const EACH = ['pod', 'instance'] as const;

/** A gauge of each process. */
export function ofEach(definition: Definition<'gauge'>): Vector<'pod' | 'instance'> {
  return max(now(chosen<Definition<'gauge'>>(definition)), ...EACH);
}
