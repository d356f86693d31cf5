// One core a process: is it full?
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { is } from '../../matchers.ts';
import { line, lines, orangeFrom, redFrom } from '../../panel.ts';
import { max, now } from '../../vectors.ts';
import { chosen, EACH, maxLines, rateLines } from './chosen.ts';

const lag = (quantile: '0.5' | '0.99' | '1') =>
  max(now(chosen(METRICS.eventLoopLag, { quantile: is(quantile) })), ...EACH);

export const LOOP: Row = {
  title: 'Event loop and CPU',
  lines: [
    [
      lines(
        {
          title: 'Event loop is late, p99',
          unit: 'seconds',
          bounds: redFrom(0.02),
          about: METRICS.eventLoopLag,
        },
        line(lag('0.99')),
      ),
      lines(
        { title: 'Event loop is late, median and longest', unit: 'seconds', about: METRICS.eventLoopLag },
        line(lag('0.5'), 'median'),
        line(lag('1'), 'longest'),
      ),
      maxLines(
        {
          title: 'Event loop is busy',
          unit: 'share',
          bounds: orangeFrom(0.8),
          about: METRICS.eventLoopUtilization,
        },
        ...EACH,
      ),
    ],
    [
      rateLines({ title: 'CPU, in cores', unit: 'count', about: METRICS.cpuSeconds }, ...EACH),
      rateLines(
        {
          title: 'Garbage collection, share of the time',
          unit: 'share',
          isStacked: true,
          about: METRICS.gcSeconds,
        },
        'kind',
      ),
    ],
  ],
};
