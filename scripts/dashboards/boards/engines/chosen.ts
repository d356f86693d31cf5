// Series of this board.
import { seriesWithin } from '../../series.ts';

export const chosen = seriesWithin(['model', 'pool']);
