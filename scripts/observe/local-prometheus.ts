// A Prometheus as a child of `npm run observe`: on loopback, its data kept from one start to the next.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prometheusConfig } from './prometheus-config.ts';

const RULES = join(import.meta.dirname, '..', '..', 'helm', 'ropeway', 'rules', '*.yaml');
const SCRAPE_INTERVAL_MS = 2_000;
const KEPT = '7d';
/** It reads what it wrote last time first. */
const READY_MS = 60_000;
const LOOK_MS = 50;
const LOG_CHARACTERS = 4_096;

interface LocalTerms {
  readonly program: string;
  readonly port: number;
  readonly opsUrl: string;
  readonly state: string;
}

export class LocalPrometheus {
  readonly url: string;
  readonly folder: string;
  /** Read again by Prometheus whenever it changes. */
  readonly workersFile: string;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  isStopping = false;
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #end: () => void;
  #child: ChildProcess | null = null;
  #log = '';

  private constructor({ program, port, opsUrl, state }: LocalTerms) {
    this.url = `http://127.0.0.1:${port}`;
    this.folder = resolve(state, 'prometheus');
    this.workersFile = join(this.folder, 'workers.json');
    this.#program = program;
    const { promise, resolve: end } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = end;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const config = join(this.folder, 'prometheus.json');
    const settings = {
      targets: [{ address: new URL(opsUrl).host, labels: { job: 'ropeway-gateway' } }],
      targetFiles: [this.workersFile],
      ruleFiles: [RULES],
      scrapeIntervalMs: SCRAPE_INTERVAL_MS,
    };
    writeFileSync(config, prometheusConfig(settings));
    this.#args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(this.folder, 'data')}`,
      `--storage.tsdb.retention.time=${KEPT}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
    ];
  }

  /** Rejects where the port is taken. */
  static async prepare(terms: LocalTerms): Promise<LocalPrometheus> {
    if (!(await isFree(terms.port))) {
      throw new Error(
        `port ${terms.port} on 127.0.0.1 is in use: stop what listens there, or choose another with --port`,
      );
    }
    return new LocalPrometheus(terms);
  }

  /** The last line of its log. */
  get lastWords(): string {
    return this.#log.trimEnd().split('\n').at(-1) ?? '';
  }

  /** Resolves once it answers queries, or has been stopped before it did. */
  async start(): Promise<void> {
    const child = spawn(this.#program, this.#args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log = `${this.#log}${text}`.slice(-LOG_CHARACTERS);
    });
    let hasEnded = false;
    const end = () => {
      hasEnded = true;
      this.#end();
    };
    child.once('close', end).once('error', (error) => {
      this.#log += error.message;
      end();
    });
    const deadline = performance.now() + READY_MS;
    while (!(await this.#isReady())) {
      if (hasEnded && this.isStopping) return;
      if (hasEnded) throw new Error(`prometheus does not start: ${this.lastWords}`);
      if (performance.now() > deadline) {
        this.stop();
        throw new Error(`prometheus does not answer after ${READY_MS / 1_000} s: ${this.lastWords}`);
      }
      await sleep(LOOK_MS);
    }
  }

  stop(): void {
    this.isStopping = true;
    this.#child?.kill('SIGTERM');
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/-/ready`)).ok;
    } catch {
      return false;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
