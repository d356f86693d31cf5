// One container's process: started, told to end, and ended even when the test run is killed. What it wrote is kept.
import { type ChildProcess, spawn } from 'node:child_process';
import { guardOf, SERVER_ENV } from '../../servers/server-process.ts';
import type { LocalCommand } from './container-command.ts';
import type { Environment } from './pod-environment.ts';

/** A gateway under load for a minute logs some thousand requests. */
const LOG_CHARACTERS = 4_194_304;

export class ContainerProcess {
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcess;
  #isOver = false;

  constructor(command: LocalCommand, env: Environment, folder: string, log: ContainerLog) {
    this.#child = spawn(command.file, command.args, {
      cwd: folder,
      env: { ...SERVER_ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr, pid } = this.#child;
    for (const output of [stdout, stderr])
      output?.setEncoding('utf8').on('data', (text: string) => log.add(text));
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

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#isOver) this.#child.kill(signal);
  }
}

export class ContainerLog {
  #text = '';

  get text(): string {
    return this.#text;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length > 2 * LOG_CHARACTERS) this.#text = this.#text.slice(-LOG_CHARACTERS);
  }
}
