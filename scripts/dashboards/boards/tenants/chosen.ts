// Series of this board, and how many tenants a panel shows.
import { seriesWithin } from '../../series.ts';

export const chosen = seriesWithin(['tenant']);
export const every = seriesWithin([]);
/** More lines than that nobody can tell apart; the table has them all. */
export const SHOWN = 15;
