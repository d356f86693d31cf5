// What the boards are drawn from: the answers of a real Prometheus to every query of every panel, after a load on the
// standalone fleet.
import { globSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { boards, panelsOf, type ReadBoard, type ReadTarget } from '../../test/dashboards/read-boards.ts';
import { substitute } from '../../test/dashboards/substitute.ts';
import type { Labels, PrometheusClient, Range } from '../../test/servers/prometheus-client.ts';
import { startPrometheus } from '../../test/servers/start-prometheus.ts';
import { startStandalone } from '../../test/servers/start-standalone.ts';
import { workerTargets } from '../observe/worker-targets.ts';
import { sendMixedLoad } from './mixed-load.ts';

const SCRAPE_MS = 2_000;
/** Grafana's least is four intervals of scrapes. */
const RATE_INTERVAL_S = 10;
/** Prometheus looks for its targets 5 s after its start, and the standalone's three demo requests are none of ours. */
const SETTLE_MS = 8_000;

interface AnswerSeries {
  readonly labels: Labels;
  /** Seconds since the epoch, and the value; null for what JSON cannot say: NaN and infinities. */
  readonly points: readonly (readonly [number, number | null])[];
}
/** By board, panel and query: see `answerKey`. */
export type Answers = Readonly<Record<string, readonly AnswerSeries[]>>;
export interface Taken {
  readonly range: Range;
  readonly requests: number;
  readonly answers: Answers;
}

export function answerKey(uid: string, panelId: number, refId: string): string {
  return `${uid}/${panelId}/${refId}`;
}

/** Starts what it needs, and ends it. `loadMs`: how long requests are sent. */
export async function takeAnswers(loadMs: number): Promise<Taken> {
  const standalone = await startStandalone();
  try {
    const workers = workerTargets(await (await fetch(`${standalone.opsUrl}/metrics`)).text());
    const gateway = { address: new URL(standalone.opsUrl).host, labels: { job: 'ropeway-gateway' } };
    const prometheus = await startPrometheus({
      targets: [gateway, ...workers],
      ruleFiles: globSync('helm/ropeway/rules/*.yaml'),
      scrapeIntervalMs: SCRAPE_MS,
    });
    try {
      await sleep(SETTLE_MS);
      const startS = Math.floor(Date.now() / 1_000);
      const { requests, ended } = await sendMixedLoad(standalone, loadMs);
      const range = { startS, endS: Math.floor(Date.now() / 1_000), stepS: SCRAPE_MS / 1_000 };
      const answers = await askAll(prometheus.client, range);
      await ended;
      return { range, requests, answers };
    } finally {
      await prometheus.stop();
    }
  } finally {
    await standalone.stop();
  }
}

async function askAll(client: PrometheusClient, range: Range): Promise<Answers> {
  const answers: Record<string, readonly AnswerSeries[]> = {};
  for (const { board } of boards)
    for (const { id, targets = [] } of panelsOf(board))
      for (const target of targets)
        answers[answerKey(board.uid, id, target.refId)] = await askOne(client, board, target, range);
  return answers;
}

async function askOne(client: PrometheusClient, board: ReadBoard, target: ReadTarget, range: Range) {
  const { startS, endS, stepS } = range;
  const times = { rateInterval: `${RATE_INTERVAL_S}s`, interval: `${stepS}s`, range: `${endS - startS}s` };
  const expression = substitute(target.expr, board, times);
  if (target.instant === true) {
    const samples = await client.query(expression);
    return samples.map(({ labels, value }) => ({ labels, points: [[endS, finite(value)] as const] }));
  }
  const series = await client.queryRange(expression, range);
  return series.map(({ labels, points }) => ({
    labels,
    points: points.map(({ timeS, value }) => [timeS, finite(value)] as const),
  }));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
