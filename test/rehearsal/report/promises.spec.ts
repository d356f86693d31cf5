import { expect, it } from '@jest/globals';
import { A_REPORT } from './a-report.ts';
import { promisesOf } from './promises.ts';
import type { Report } from './report.ts';

const broken = (terms: Partial<Report>) =>
  promisesOf({ ...A_REPORT, ...terms })
    .filter(({ isKept }) => !isKept)
    .map(({ promise }) => promise);

it('are kept by a day on which only the killed gateway cut anything', () => {
  expect(broken({})).toEqual([]);
});

it.each<[RegExp, Partial<Report>]>([
  [/every request was answered/, { requests: { ...A_REPORT.requests, answered: 995, failed: { cut: 1 } } }],
  [/accounted for/, { requests: { ...A_REPORT.requests, answered: 990 } }],
  [/the pool it needs/, { requests: { ...A_REPORT.requests, misrouted: 1 } }],
  [/went back to zero/, { wakeUps: A_REPORT.wakeUps.map((one) => ({ ...one, awakeMs: null })) }],
  [/from one worker to more/, { wakeUps: A_REPORT.wakeUps.map((one) => ({ ...one, mostWorkers: 1 })) }],
  [/woke from zero/, { wakeUps: A_REPORT.wakeUps.map((one) => ({ ...one, firstTokenAfterMs: null })) }],
  [/grew for the peak/, { pools: A_REPORT.pools.map((one) => ({ ...one, mostWorkers: 1 })) }],
  [/every worker was replaced/, { replaced: { ...A_REPORT.replaced, workers: 0 } }],
  [/every gateway was replaced/, { replaced: { ...A_REPORT.replaced, gateways: 0 } }],
  [/boards answer/, { boards: { asked: 20, unanswered: ['Cold starts (A)'] } }],
  [/was killed/, { replaced: { ...A_REPORT.replaced, killed: 0 } }],
])('are broken one by one: %s', (promise, terms) => {
  expect(broken(terms)).toEqual([expect.stringMatching(promise)]);
});
