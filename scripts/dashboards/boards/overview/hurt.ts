// What is read at night, before anything else: six numbers, then whose fault, which fault, which pool.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { is, isAmong, isNot } from '../../matchers.ts';
import { figure, line, lines, orangeFrom, orangeThenRed, redThenOrangeBelow } from '../../panel.ts';
import { BUDGETS } from '../../recording-rules.ts';
import { largest, max, now, present, quantile, rate, recordedBudget, share, sum } from '../../vectors.ts';
import { chosen, every } from './chosen.ts';

/** Faults have no pool, so they are set against every request. */
const hurting = every(METRICS.faults, { owner: isNot('client') });
const shortAndWarm = { cold: is('false'), prompt_length: isAmong('0-1k', '1k-4k') } as const;

const requestsHurt = figure(
  {
    title: 'Requests hurt',
    unit: 'share',
    bounds: orangeThenRed(0.001, 0.01),
    about: {
      help: 'Of all requests, those that ended with a fault that is not the caller’s: refused for want of capacity, failed by a worker, failed by us. All pools, whatever is chosen above.',
      whenWrong:
        'The three panels below say whose fault, which fault and which pool. Owner `capacity`: open Pools and scaling. `worker`: Engines. `platform`: Gateway internals.',
    },
  },
  line(share(sum(rate(hurting)), sum(rate(every(METRICS.requests)))), 'hurt'),
);

const firstToken = figure(
  {
    title: 'First token, short prompts, p95',
    unit: 'seconds',
    about: {
      help: 'Prompts below 4,096 tokens, streams only, without those that woke a pool.',
      whenWrong: METRICS.firstToken.whenWrong,
    },
  },
  line(quantile(0.95, chosen(METRICS.firstToken, shortAndWarm)), 'p95'),
);

const poolsAsked = figure(
  {
    title: 'Pools asked for, without a worker',
    unit: 'count',
    bounds: orangeFrom(1),
    about: {
      help: 'Pools in demand that have no worker: waking up, or unable to.',
      whenWrong: METRICS.poolActivation.whenWrong,
    },
  },
  line(sum(max(now(chosen(METRICS.poolActivation)), 'pool')), 'pools'),
);

const budgetLeft = figure(
  {
    title: 'Availability budget left, 30 days',
    unit: 'share',
    bounds: redThenOrangeBelow(0, 0.25),
    about: {
      help: 'Of the failures the objective allows in 30 days: 100 % nothing used, 0 % used up, below 0 overspent.',
      whenWrong:
        'The row Objectives, at the end, says how fast it is being used; docs/slo.md what counts as a failure.',
    },
  },
  line(recordedBudget(BUDGETS.availability), 'left'),
);

const owners = lines(
  {
    title: 'Whose fault: faults by owner',
    unit: 'requests',
    isStacked: true,
    about: {
      help: 'Requests refused or failed, all pools, by who has to act: `client` the caller, `capacity` whoever buys GPUs, `worker` whoever runs the workers, `platform` whoever runs Ropeway.',
      whenWrong:
        'Much of `client` alone: one caller sends nonsense, the board Tenants says who. Any other owner: the code, in the next panel, says what happened.',
    },
  },
  line(sum(rate(every(METRICS.faults)), 'owner')),
);

const codes = lines(
  { title: 'Which fault: the eight most frequent', unit: 'requests', about: METRICS.faults },
  line(largest(8, present(sum(rate(every(METRICS.faults)), 'code', 'owner')))),
);

const pools = lines(
  {
    title: 'Which pool: share of its requests that failed',
    unit: 'share',
    bounds: orangeThenRed(0.01, 0.05),
    about: {
      help: 'Outcome `failed`: the fault of a worker or of ours. Pool `none`: before one was chosen.',
      whenWrong: METRICS.requests.whenWrong,
    },
  },
  line(
    share(
      sum(rate(chosen(METRICS.requests, { outcome: is('failed') })), 'pool'),
      sum(rate(chosen(METRICS.requests)), 'pool'),
    ),
  ),
);

export const HURT: Row = {
  title: 'Are callers hurt, whose fault is it, which pool?',
  lines: [
    [
      requestsHurt,
      firstToken,
      figure(
        { title: 'Waiting for room', unit: 'count', about: METRICS.parkedRequests },
        line(sum(now(chosen(METRICS.parkedRequests))), 'waiting'),
      ),
      figure(
        { title: 'Longest wait', unit: 'seconds', about: METRICS.parkedOldest },
        line(max(now(chosen(METRICS.parkedOldest))), 'oldest'),
      ),
      poolsAsked,
      budgetLeft,
    ],
    [owners, codes, pools],
  ],
};
