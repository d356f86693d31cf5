// What each pool is asked for, against what it has.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { is } from '../../matchers.ts';
import { line, lines, orangeThenRed, table } from '../../panel.ts';
import { max, now, ratio, sum } from '../../vectors.ts';
import { chosen, rateLines, states } from './chosen.ts';

/** A request waits at one gateway: there the sum is right. */
const outstanding = sum(now(chosen(METRICS.outstandingTokens)), 'pool');
/** Each gateway's figure holds what the others do on the worker: the most of them, not the sum. */
const kvUsed = sum(max(now(chosen(METRICS.workerKvUsed)), 'pool', 'worker'), 'pool');
const kvCapacity = sum(max(now(chosen(METRICS.workerKvCapacity)), 'pool', 'worker'), 'pool');
const readyWorkers = sum(
  max(now(chosen(METRICS.workerState, { state: is('ready') })), 'pool', 'worker'),
  'pool',
);

export const NEED: Row = {
  title: 'What each pool is asked for, and what it has',
  lines: [
    [
      lines(
        {
          title: 'Prompt tokens that wait or are being computed',
          unit: 'tokens',
          about: METRICS.outstandingTokens,
        },
        line(outstanding),
      ),
      lines(
        {
          title: 'Workers that are ready',
          unit: 'count',
          about: {
            help: 'Workers in state `ready` in each pool, as the gateway that sees most of them does.',
            whenWrong:
              'Fewer than the Deployment has: the row Workers says what state the others are in. 0 while something waits: the row Waking.',
          },
        },
        line(readyWorkers),
      ),
      lines(
        {
          title: 'KV cache in use',
          unit: 'share',
          bounds: orangeThenRed(0.8, 0.9),
          about: {
            help: 'KV tokens the gateways believe in use on the workers of each pool, of those the workers hold.',
            whenWrong:
              'Above 90 % engines preempt, and answers that run are computed again: add workers. The board Engines has the engines’ own word for it.',
          },
        },
        line(ratio(kvUsed, kvCapacity)),
      ),
    ],
    [
      lines(
        {
          title: 'Workers by state',
          unit: 'count',
          isStacked: true,
          about: METRICS.workerState,
        },
        line(sum(states, 'state')),
      ),
      rateLines(
        { title: 'Spills, by the pool they went to', unit: 'perSecond', about: METRICS.spills },
        'pool',
      ),
      table(
        { title: 'Pools and their windows', unit: 'tokens', about: METRICS.poolWindow },
        line(max(now(chosen(METRICS.poolWindow)), 'pool', 'rope', 'model')),
      ),
    ],
  ],
};
