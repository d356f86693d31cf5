// One of Ropeway's built programs as a process, which ends with the rehearsal however that ends. Its log is read line by
// line, so that it never waits for us.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GuardedProcess } from '../../servers/guarded-process.ts';
import { logRecord } from '../report/log-record.ts';

const DIST = join(import.meta.dirname, '..', '..', '..', 'dist', 'apps');
/** Of what it wrote last, for when it fails. */
const KEPT_LINES = 40;

interface ProgramTerms {
  readonly app: 'gateway' | 'scaler';
  readonly flags: readonly string[];
  readonly config: string;
  /** Its working folder; removed if we are killed. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly heard: (record: Readonly<Record<string, unknown>>) => void;
}

export class Program {
  readonly #process: GuardedProcess;
  readonly #last: string[] = [];

  constructor({ app, flags, config, folder, env, heard }: ProgramTerms) {
    const main = join(DIST, app, 'src', 'main.js');
    const args = [...flags, main, '--config', config];
    this.#process = new GuardedProcess({ file: process.execPath, args, env, folder });
    const { stdout, stderr } = this.#process;
    createInterface({ input: stdout }).on('line', (line) => this.#line(line, heard));
    createInterface({ input: stderr }).on('line', (line) => this.#keep(line));
  }

  /** Exit code, or the signal that ended it. */
  get exited(): Promise<number | string> {
    return this.#process.exited;
  }

  get isOver(): boolean {
    return this.#process.isOver;
  }

  /** What it wrote last. */
  get lastWords(): string {
    return this.#last.join('\n');
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
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
