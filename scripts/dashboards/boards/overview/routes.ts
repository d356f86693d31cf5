// Is each request on the smallest rope that fits it? That is what Ropeway is for.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { isAmong, isLike } from '../../matchers.ts';
import { heat, line, lines, redFrom } from '../../panel.ts';
import { buckets, rate, rateOf, rateUpTo, share, sum } from '../../vectors.ts';
import { chosen, every, rateLines } from './chosen.ts';

const shown = { unit: 'requests', about: METRICS.routeDecisions, isStacked: true } as const;
/** All that fits the default pool with room to spare for its answer. */
const SHORT = isAmong('0-1k', '1k-4k', '4k-16k', '16k-32k');

const shortOnYarn = lines(
  {
    title: 'Short prompts on a YaRN pool',
    unit: 'share',
    bounds: redFrom(0.1),
    about: {
      help: 'Of the prompts below 32,768 tokens, the share that was sent to a yarn rope. Static YaRN costs answer quality on short text.',
      whenWrong: METRICS.routeDecisions.whenWrong,
    },
  },
  line(
    share(
      sum(rate(every(METRICS.routeDecisions, { prompt_length: SHORT, rope: isLike('yarn-.*') }))),
      sum(rate(every(METRICS.routeDecisions, { prompt_length: SHORT }))),
    ),
    'of short prompts',
  ),
);

const noHeadroom = lines(
  {
    title: 'Without headroom: the prompt alone decided',
    unit: 'share',
    about: {
      help: 'Requests whose demand takes the whole window of their pool, or more, of all that pool was sent.',
      whenWrong: METRICS.headroom.whenWrong,
    },
  },
  line(
    share(sum(rateUpTo(chosen(METRICS.headroom), 0), 'pool'), sum(rateOf(chosen(METRICS.headroom)), 'pool')),
  ),
);

export const ROUTES: Row = {
  title: 'Where requests go, and why',
  lines: [
    [
      rateLines({ title: 'Route decisions by prompt length', ...shown }, 'prompt_length'),
      rateLines({ title: 'Route decisions by rope', ...shown }, 'rope'),
      rateLines({ title: 'Route decisions by reason', ...shown }, 'reason'),
    ],
    [
      shortOnYarn,
      rateLines(
        { title: 'Spills, by the pool they went to', unit: 'perSecond', about: METRICS.spills },
        'pool',
      ),
      noHeadroom,
    ],
    [
      rateLines({ title: 'Route decisions by rope and prompt length', ...shown }, 'rope', 'prompt_length'),
      heat(
        { title: 'Demand: prompt plus output budget', unit: 'tokens', about: METRICS.demand },
        buckets(chosen(METRICS.demand)),
      ),
    ],
  ],
};
