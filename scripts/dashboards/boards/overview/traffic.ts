// Rate, errors and duration of each pool.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines } from '../../panel.ts';
import { now, quantile, rate, sum } from '../../vectors.ts';
import { chosen, every } from './chosen.ts';

const requests = sum(rate(chosen(METRICS.requests)), 'pool');
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
      lines({ title: 'Requests by pool', ...shown }, line(requests)),
      lines({ title: 'Requests by outcome', ...shown }, line(sum(rate(chosen(METRICS.requests)), 'outcome'))),
      lines(
        { title: 'Duration by pool', unit: 'seconds', about: METRICS.duration },
        line(quantile(0.5, chosen(METRICS.duration), 'pool'), 'p50'),
        line(quantile(0.95, chosen(METRICS.duration), 'pool'), 'p95'),
      ),
    ],
    [
      lines(
        { title: 'Requests by endpoint', ...shown },
        line(sum(rate(chosen(METRICS.requests)), 'endpoint')),
      ),
      inFlight,
      lines(
        { title: 'Attempts beyond the first, by pool', unit: 'perSecond', about: METRICS.retries },
        line(sum(rate(chosen(METRICS.retries)), 'pool')),
      ),
    ],
  ],
};
