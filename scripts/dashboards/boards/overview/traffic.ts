// Rate, errors and duration of each pool.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines } from '../../panel.ts';
import { now, sum } from '../../vectors.ts';
import { every, halfAndMostLines, rateLines } from './chosen.ts';

const shown = { unit: 'requests', about: METRICS.requests, isStacked: true } as const;

const inFlight = lines(
  {
    title: 'In flight',
    unit: 'count',
    about: {
      help: 'Requests begun and not ended, all pools; of them those that wait for room, and streams.',
      whenWrong: `${METRICS.inFlight.whenWrong} ${METRICS.waiting.whenWrong}`,
    },
  },
  line(sum(now(every(METRICS.inFlight))), 'requests'),
  line(sum(now(every(METRICS.waiting))), 'waiting'),
  line(sum(now(every(METRICS.streams))), 'streams'),
);

export const TRAFFIC: Row = {
  title: 'Traffic: rate, errors, duration',
  lines: [
    [
      rateLines({ title: 'Requests by pool', ...shown }, 'pool'),
      rateLines({ title: 'Requests by outcome', ...shown }, 'outcome'),
      halfAndMostLines({ title: 'Duration by pool', unit: 'seconds', about: METRICS.duration }, 'pool'),
    ],
    [
      rateLines({ title: 'Requests by endpoint', ...shown }, 'endpoint'),
      inFlight,
      rateLines(
        { title: 'Attempts beyond the first, by pool', unit: 'perSecond', about: METRICS.retries },
        'pool',
      ),
    ],
  ],
};
