// The report for people, in 80 columns.
import Table from 'cli-table3';
import { clockText } from '../day/load-curve.ts';
import type { PoolReport, Report } from './report.ts';
import { counts, number, seconds } from './words.ts';

/** Without colour, and without a line between rows. */
const STYLE = { head: [], border: [], compact: true };

/** `hourOf`: of a moment, the hour of the day it was. */
export function reportTable(report: Report, hourOf: (atMs: number) => number): string {
  const parts = [
    requestsTable(report),
    poolsTable(report),
    wakeUpsTable(report, hourOf),
    promiseLines(report),
  ];
  return parts.join('\n\n');
}

function requestsTable({ requests, replaced, scaler, boards }: Report): string {
  const { sent, answered, failed, cutByKilledGateway, sentAgain, misrouted, firstToken } = requests;
  const table = new Table({ style: STYLE, colAligns: ['left', 'left'] });
  const { warm, cold } = firstToken;
  table.push(
    ['requests', `${number(sent)} sent, ${number(answered)} answered`],
    ['failed', counts(failed)],
    ['cut by the killed gateway', number(cutByKilledGateway)],
    ['sent again, then answered', counts(sentAgain)],
    ['answered by a wrong pool', number(misrouted)],
    [
      'first token, warm (p50 / p95)',
      `${seconds(warm.p50Ms)} / ${seconds(warm.p95Ms)} of ${number(warm.requests)}`,
    ],
    [
      'first token, cold (p50 / p95)',
      `${seconds(cold.p50Ms)} / ${seconds(cold.p95Ms)} of ${number(cold.requests)}`,
    ],
    [
      'replaced under load',
      `${replaced.workers} workers, ${replaced.gateways} gateways; ${replaced.killed} killed`,
    ],
  );
  if (scaler !== null) {
    const { asked, unanswered } = scaler;
    table.push(['scaler asked over gRPC', `${number(asked)} times, ${number(unanswered)} without an answer`]);
  }
  table.push(['boards, of a real Prometheus', boardsText(boards)]);
  return table.toString();
}

function boardsText(boards: Report['boards']): string {
  if (boards === null) return 'not asked';
  const { asked, unanswered } = boards;
  return `${number(asked)} queries, ${number(unanswered.length)} without an answer`;
}

function poolsTable({ pools, requests, parked }: Report): string {
  const table = new Table({
    head: ['pool', 'answered', 'parked', 'p50 / longest', 'workers', 'GPU-hours', 'fixed'],
    style: STYLE,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const { pool, mostWorkers, gpuHours } of pools) {
    const waits = parked[pool];
    table.push([
      pool,
      number(requests.byPool[pool] ?? 0),
      number(waits?.requests ?? 0),
      waits === undefined ? '-' : `${seconds(waits.p50Ms)} / ${seconds(waits.longestMs)}`,
      `<= ${mostWorkers}`,
      gpuHours.used.toFixed(1),
      gpuHours.fixed.toFixed(0),
    ]);
  }
  return `${table.toString()}\n${savedLines(pools)}`;
}

function savedLines(pools: readonly PoolReport[]): string {
  const [used, fixed] = [sumOf(pools, 'used'), sumOf(pools, 'fixed')];
  const saved = fixed === 0 ? 0 : 100 * (1 - used / fixed);
  return `GPU-hours of the day, one GPU a worker: ${used.toFixed(1)}; of a fixed fleet for the\npeaks of all pools: ${fixed.toFixed(0)} (${saved.toFixed(0)} % saved).`;
}

function wakeUpsTable({ wakeUps }: Report, hourOf: (atMs: number) => number): string {
  const table = new Table({
    head: ['woke', 'at', 'asked for', 'Ready', 'first token', 'workers', 'awake'],
    style: STYLE,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const {
    pool,
    atMs,
    scaledAfterMs,
    readyAfterMs,
    firstTokenAfterMs,
    mostWorkers,
    awakeMs,
  } of wakeUps) {
    table.push([
      pool,
      clockText(hourOf(atMs)),
      seconds(scaledAfterMs),
      seconds(readyAfterMs),
      seconds(firstTokenAfterMs),
      `<= ${mostWorkers}`,
      seconds(awakeMs),
    ]);
  }
  return `${table.toString()}\nFrom zero, measured from when the request that woke it was sent; awake: until\nno worker was wanted any more.`;
}

function promiseLines({ promises }: Report): string {
  return promises.map(({ promise, isKept }) => `${isKept ? 'kept  ' : 'BROKEN'}  ${promise}`).join('\n');
}

function sumOf(pools: readonly PoolReport[], which: 'used' | 'fixed'): number {
  return pools.reduce((sum, { gpuHours }) => sum + gpuHours[which], 0);
}
