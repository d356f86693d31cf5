// Each worker as the gateways see it: is it there, is it busy, does it answer?
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { isNot } from '../../matchers.ts';
import { line, lines, orangeThenRed, redFrom, table } from '../../panel.ts';
import { max, min, now, present, rate, ratio, sum } from '../../vectors.ts';
import { chosen, states } from './chosen.ts';

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
      lines(
        { title: 'Attempts beyond the first', unit: 'perSecond', about: METRICS.retries },
        line(sum(rate(chosen(METRICS.retries)), 'pool')),
      ),
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
      lines(
        { title: 'KV tokens each worker holds', unit: 'tokens', about: METRICS.workerKvCapacity },
        line(max(now(chosen(METRICS.workerKvCapacity)), 'pool', 'worker')),
      ),
    ],
    [
      lines(
        { title: 'Said "queue full" within the last second', unit: 'yesOrNo', about: METRICS.workerRefusing },
        line(max(now(chosen(METRICS.workerRefusing)), 'pool', 'worker')),
      ),
      lines(
        {
          title: 'Takes work and makes no progress',
          unit: 'yesOrNo',
          bounds: redFrom(1),
          about: METRICS.workerStalled,
        },
        line(max(now(chosen(METRICS.workerStalled)), 'pool', 'worker')),
      ),
      lines(
        {
          title: 'Share of its work a worker gets',
          unit: 'share',
          about: METRICS.workerShare,
        },
        line(min(now(chosen(METRICS.workerShare)), 'pool', 'worker')),
      ),
      lines(
        {
          title: 'Age of the worker’s own metrics',
          unit: 'seconds',
          bounds: redFrom(10),
          about: METRICS.workerScrapeAge,
        },
        line(max(now(chosen(METRICS.workerScrapeAge)), 'pool', 'worker')),
      ),
    ],
    [
      lines(
        {
          title: 'Workers found to count otherwise',
          unit: 'perSecond',
          about: METRICS.tokenizerMismatches,
        },
        line(sum(rate(chosen(METRICS.tokenizerMismatches)), 'pool')),
      ),
      lines(
        {
          title: 'Prompts counted otherwise by a worker',
          unit: 'perSecond',
          about: METRICS.promptCountDifferences,
        },
        line(sum(rate(chosen(METRICS.promptCountDifferences)), 'pool')),
      ),
    ],
  ],
};
