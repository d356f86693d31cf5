// Series of this board: within the chosen models and pools, or, for what has no pool, all of them.
import { linesWithin } from '../../lines-within.ts';
import { seriesWithin } from '../../series.ts';

export const chosen = seriesWithin(['model', 'pool']);
export const { halfAndMostLines, rateLines } = linesWithin(chosen);
export const every = seriesWithin([]);
