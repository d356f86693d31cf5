// A real Prometheus that watches the day, and answers in the end what the boards ask about scaling: only here are a scaler,
// a pool that sleeps and one that is woken. Standalone has none of them (test/dashboards/empty-answers.ts).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../../scripts/find-program.mjs';
import { type ScrapeTarget, targetGroups } from '../../../scripts/observe/prometheus-config.ts';
import { askBoards, unanswered } from '../../dashboards/ask-boards.ts';
import { newServerFolder } from '../../servers/server-process.ts';
import { startPrometheus, type TestPrometheus } from '../../servers/start-prometheus.ts';
import { handOver } from '../../servers/unprivileged.ts';
import type { BoardsReport } from '../report/report.ts';
import { scalingQueries } from './scaling-queries.ts';

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
    const answers = await askBoards(this.#prometheus.client, scalingQueries, this.#startS);
    return { asked: answers.length, unanswered: unanswered(answers) };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#prometheus.stop();
  }
}
