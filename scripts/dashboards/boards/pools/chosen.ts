// Series of this board, and the workers as all gateways together see them.
import { METRICS } from '#telemetry';
import { linesWithin } from '../../lines-within.ts';
import { seriesWithin } from '../../series.ts';
import { max, now } from '../../vectors.ts';

export const chosen = seriesWithin(['model', 'pool']);
export const { halfAndMostLines, maxLines, rateLines } = linesWithin(chosen);

/** One a worker and state: every gateway says it, so the most of them, not the sum. */
export const states = max(now(chosen(METRICS.workerState)), 'pool', 'worker', 'state');
