// A real Prometheus that watches the day, and answers in the end what the boards ask about scaling: only here are a scaler,
// a pool that sleeps and one that is woken. Standalone has none of them (test/dashboards/empty-answers.ts).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../../scripts/find-program.mjs';
import { type ScrapeTarget, targetGroups } from '../../../scripts/observe/prometheus-config.ts';
import { boards } from '../../dashboards/read-boards.ts';
import { substitute } from '../../dashboards/substitute.ts';
import type { Range } from '../../servers/prometheus-client.ts';
import { newServerFolder } from '../../servers/server-process.ts';
import { startPrometheus, type TestPrometheus } from '../../servers/start-prometheus.ts';
import { handOver } from '../../servers/unprivileged.ts';
import type { BoardsReport } from '../report/report.ts';
import { scalingQueries } from './scaling-queries.ts';

const TIMES = { rateInterval: '10s', interval: '1s', range: '10m' };
/** Pods come and go: Prometheus reads the file again when it changes. */
const LOOK_MS = 1_000;

export class BoardWatch {
  readonly #prometheus: TestPrometheus;
  readonly #timer: NodeJS.Timeout;
  readonly #startS = Date.now() / 1_000;

  private constructor(prometheus: TestPrometheus, timer: NodeJS.Timeout) {
    this.#prometheus = prometheus;
    this.#timer = timer;
  }

  /** null: Prometheus is not installed. */
  static async start(targets: () => readonly ScrapeTarget[]): Promise<BoardWatch | null> {
    if (findProgram('prometheus') === null) return null;
    const file = join(newServerFolder('targets'), 'targets.json');
    let written = '';
    const write = (): void => {
      const text = JSON.stringify(targetGroups(targets()));
      if (text !== written) writeFileSync(file, text);
      written = text;
    };
    write();
    handOver(file);
    const timer = setInterval(write, LOOK_MS);
    try {
      return new BoardWatch(await startPrometheus({ targetFiles: [file] }), timer);
    } catch (error) {
      clearInterval(timer);
      throw error;
    }
  }

  /** Asks every query about scaling for the whole day. */
  async ask(): Promise<BoardsReport> {
    const range = { startS: this.#startS, endS: Date.now() / 1_000, stepS: 1 };
    const unanswered: string[] = [];
    const queries = scalingQueries(boards);
    for (const { name, expression, board } of queries) {
      if (!(await this.#answers(substitute(expression, board, TIMES), range))) unanswered.push(name);
    }
    return { asked: queries.length, unanswered };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#prometheus.stop();
  }

  /** False, too, for a query that Prometheus refuses. */
  async #answers(expression: string, range: Range): Promise<boolean> {
    try {
      const series = await this.#prometheus.client.queryRange(expression, range);
      return series.some(({ points }) => points.some(({ value }) => !Number.isNaN(value)));
    } catch {
      return false;
    }
  }
}
