// A process that ends with ours however that ends, and tells how it ended. What it writes is whoever's who started it.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { guardOf, SERVER_ENV } from './server-process.ts';

interface GuardedCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Variables besides the few that every server gets. */
  readonly env: Readonly<Record<string, string>>;
  /** Its working folder; removed if we are killed. */
  readonly folder: string;
}

export class GuardedProcess {
  /** Exit code, the signal that ended it, or why it could not be started. */
  readonly exited: Promise<number | string>;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly #child: ChildProcess;
  #isOver = false;

  constructor({ file, args, env, folder }: GuardedCommand) {
    const child = spawn(file, args, {
      cwd: folder,
      env: { ...SERVER_ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    // A failed spawn has no process id and its error comes by event.
    const guard = child.pid === undefined ? null : guardOf(child.pid, folder);
    this.exited = new Promise((resolve) => {
      const end = (how: number | string) => {
        this.#isOver = true;
        guard?.kill('SIGKILL');
        resolve(how);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(code ?? signal ?? 'unknown'));
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
