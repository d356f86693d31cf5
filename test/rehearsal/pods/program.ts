// One of Ropeway's built programs as a process, which ends with the rehearsal however that ends. Its log is read line by
// line, so that it never waits for us.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { guardOf, SERVER_ENV } from '../../servers/server-process.ts';
import { logRecord } from '../report/log-record.ts';

const DIST = join(import.meta.dirname, '..', '..', '..', 'dist', 'apps');
/** Of what it wrote last, for when it fails. */
const KEPT_LINES = 40;

export interface ProgramTerms {
  readonly app: 'gateway' | 'scaler';
  readonly flags: readonly string[];
  readonly config: string;
  /** Its working folder; removed if we are killed. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly heard: (record: Readonly<Record<string, unknown>>) => void;
}

export class Program {
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #last: string[] = [];
  #isOver = false;

  constructor({ app, flags, config, folder, env, heard }: ProgramTerms) {
    const main = join(DIST, app, 'src', 'main.js');
    this.#child = spawn(process.execPath, [...flags, main, '--config', config], {
      cwd: folder,
      env: { ...SERVER_ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr, pid } = this.#child;
    if (stdout) createInterface({ input: stdout }).on('line', (line) => this.#line(line, heard));
    if (stderr) createInterface({ input: stderr }).on('line', (line) => this.#keep(line));
    const guard = pid === undefined ? null : guardOf(pid, folder);
    this.exited = new Promise((resolve) => {
      const end = (how: number | string) => {
        this.#isOver = true;
        guard?.kill('SIGKILL');
        resolve(how);
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('exit', (code, signal) => end(code ?? signal ?? 'unknown'));
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What it wrote last. */
  get lastWords(): string {
    return this.#last.join('\n');
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#isOver) this.#child.kill(signal);
  }

  #line(line: string, heard: ProgramTerms['heard']): void {
    const record = logRecord(line);
    if (record?.msg !== 'request') this.#keep(line);
    if (record !== null) heard(record);
  }

  #keep(line: string): void {
    this.#last.push(line);
    if (this.#last.length > KEPT_LINES) this.#last.shift();
  }
}
