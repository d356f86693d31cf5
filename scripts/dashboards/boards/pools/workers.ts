// Each worker as the gateways see it: is it there, is it busy, does it answer?
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { isNot } from '../../matchers.ts';
import { line, lines, orangeThenRed, redFrom, table } from '../../panel.ts';
import { max, min, now, present, ratio, sum } from '../../vectors.ts';
import { chosen, maxLines, rateLines, states } from './chosen.ts';

const breakers = chosen(METRICS.breakerState, { state: isNot('closed') });

export const WORKERS: Row = {
  title: 'Workers',
  lines: [
    [
      table(
        { title: 'State of every worker', unit: 'yesOrNo', about: METRICS.workerState, width: 12 },
        line(present(states)),
      ),
      lines(
        { title: 'Breakers that are not closed', unit: 'count', about: METRICS.breakerState },
        line(sum(max(now(breakers), 'pool', 'worker', 'state'), 'pool', 'state')),
      ),
      rateLines({ title: 'Attempts beyond the first', unit: 'perSecond', about: METRICS.retries }, 'pool'),
    ],
    [
      table(
        { title: 'Quarantined, and for what', unit: 'yesOrNo', about: METRICS.workerQuarantine },
        line(max(now(chosen(METRICS.workerQuarantine)), 'pool', 'worker', 'cause')),
      ),
    ],
    [
      lines(
        { title: 'Requests on each worker', unit: 'count', about: METRICS.workerRequests },
        line(sum(now(chosen(METRICS.workerRequests)), 'pool', 'worker')),
      ),
      lines(
        {
          title: 'Prompt tokens each worker has yet to compute',
          unit: 'tokens',
          about: METRICS.workerQueuedTokens,
        },
        line(sum(now(chosen(METRICS.workerQueuedTokens)), 'pool', 'worker')),
      ),
      lines(
        {
          title: 'KV cache in use on each worker',
          unit: 'share',
          bounds: orangeThenRed(0.8, 0.9),
          about: METRICS.workerKvUsed,
        },
        line(
          ratio(
            max(now(chosen(METRICS.workerKvUsed)), 'pool', 'worker'),
            max(now(chosen(METRICS.workerKvCapacity)), 'pool', 'worker'),
          ),
        ),
      ),
      maxLines(
        { title: 'KV tokens each worker holds', unit: 'tokens', about: METRICS.workerKvCapacity },
        'pool',
        'worker',
      ),
    ],
    [
      maxLines(
        { title: 'Said "queue full" within the last second', unit: 'yesOrNo', about: METRICS.workerRefusing },
        'pool',
        'worker',
      ),
      maxLines(
        {
          title: 'Takes work and makes no progress',
          unit: 'yesOrNo',
          bounds: redFrom(1),
          about: METRICS.workerStalled,
        },
        'pool',
        'worker',
      ),
      lines(
        {
          title: 'Share of its work a worker gets',
          unit: 'share',
          about: METRICS.workerShare,
        },
        line(min(now(chosen(METRICS.workerShare)), 'pool', 'worker')),
      ),
      maxLines(
        {
          title: 'Age of the worker’s own metrics',
          unit: 'seconds',
          bounds: redFrom(10),
          about: METRICS.workerScrapeAge,
        },
        'pool',
        'worker',
      ),
    ],
    [
      rateLines(
        { title: 'Workers found to count otherwise', unit: 'perSecond', about: METRICS.tokenizerMismatches },
        'pool',
      ),
      rateLines(
        {
          title: 'Prompts counted otherwise by a worker',
          unit: 'perSecond',
          about: METRICS.promptCountDifferences,
        },
        'pool',
      ),
    ],
  ],
};
