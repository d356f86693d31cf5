// Pools that sleep and wake: who asked, what is coming, what holds it up, how long it takes.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { is } from '../../matchers.ts';
import { line, lines, redFrom } from '../../panel.ts';
import { max, min, now, quantile, rateOf, sum } from '../../vectors.ts';
import { chosen, halfAndMostLines, maxLines } from './chosen.ts';

export const WAKING: Row = {
  title: 'Waking',
  lines: [
    [
      maxLines(
        { title: 'Asked for, without a worker', unit: 'yesOrNo', about: METRICS.poolActivation },
        'pool',
      ),
      lines(
        { title: 'Asked for since', unit: 'seconds', about: METRICS.poolActivationAge },
        line(max(now(chosen(METRICS.poolActivationAge)), 'pool')),
        line(min(now(chosen(METRICS.waitingMax))), 'callers wait at most'),
      ),
      maxLines({ title: 'Pods on their way', unit: 'count', about: METRICS.poolComing }, 'pool'),
      maxLines(
        { title: 'None of them can start', unit: 'yesOrNo', bounds: redFrom(1), about: METRICS.poolStuck },
        'pool',
      ),
    ],
    [
      halfAndMostLines({ title: 'A cold start takes', unit: 'seconds', about: METRICS.coldStart }, 'pool'),
      lines(
        { title: 'Cold starts', unit: 'perSecond', about: METRICS.coldStart },
        line(sum(rateOf(chosen(METRICS.coldStart)), 'pool')),
      ),
      lines(
        {
          title: 'First token of those that woke a pool, p95',
          unit: 'seconds',
          about: {
            help: 'From arrival to the first token, of streams that had to wait for a pool without a ready worker.',
            whenWrong: METRICS.coldStart.whenWrong,
          },
        },
        line(quantile(0.95, chosen(METRICS.firstToken, { cold: is('true') }), 'pool')),
      ),
    ],
  ],
};
