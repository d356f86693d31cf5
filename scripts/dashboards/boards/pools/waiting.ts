// Who waits in the gateways for room, and how that ends.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines } from '../../panel.ts';
import { max, min, now, sum } from '../../vectors.ts';
import { chosen, halfAndMostLines, rateLines } from './chosen.ts';

export const WAITING: Row = {
  title: 'Waiting',
  lines: [
    [
      lines(
        { title: 'Requests waiting', unit: 'count', isStacked: true, about: METRICS.parkedRequests },
        line(sum(now(chosen(METRICS.parkedRequests)), 'pool')),
      ),
      lines(
        { title: 'The oldest has waited', unit: 'seconds', about: METRICS.parkedOldest },
        line(max(now(chosen(METRICS.parkedOldest)), 'pool')),
        line(min(now(chosen(METRICS.waitingMax))), 'at most'),
      ),
      rateLines(
        { title: 'Refused instead of waiting on', unit: 'perSecond', about: METRICS.parkingRefusals },
        'pool',
        'bound',
      ),
    ],
    [
      lines(
        { title: 'Tokens waiting', unit: 'tokens', isStacked: true, about: METRICS.parkedTokens },
        line(sum(now(chosen(METRICS.parkedTokens)), 'pool')),
      ),
      lines(
        { title: 'Bodies waiting', unit: 'bytes', isStacked: true, about: METRICS.parkedBytes },
        line(sum(now(chosen(METRICS.parkedBytes)), 'pool')),
      ),
      halfAndMostLines({ title: 'Time waited for room', unit: 'seconds', about: METRICS.queue }, 'pool'),
    ],
  ],
};
