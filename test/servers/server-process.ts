// A server that a test started: its process, its temporary folder, and their end, which comes even when the test run
// is killed. Everything is ended by process id.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { handOver, unprivilegedOwner } from './unprivileged.ts';

/** A start that takes longer has failed. Seen: 3 s, PostgreSQL after a kill; 30 s and more, a whole fleet on a crowded machine. */
const READY_MS = 90_000;
const STOP_MS = 10_000;
const LOOK_MS = 20;
/** Enough for the reason of a failed start. */
const LOG_CHARACTERS = 16_384;
/** Waits for the end of its standard input, which comes when its starter is gone, however it went. */
const GUARD = 'trap "" INT TERM HUP; cat >/dev/null; kill -9 "$1" 2>/dev/null; sleep 0.3; rm -rf "$2"';

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** Variables besides the few that every server gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: nobody when we are root. `self` for what must read the working tree. */
  readonly runsAs?: 'nobody' | 'self';
  /** How much of the end of its output is kept. */
  readonly logCharacters?: number;
  /** Ends it in good order. */
  readonly stopSignal: NodeJS.Signals;
  /** A start that takes longer has failed; default 90 s. */
  readonly readyMs?: number;
  /** True once it answers as it should; a rejection counts as false. */
  isReady(): Promise<boolean>;
}

/** A folder of its own under the system's temporary one, owned by whoever runs the servers. */
export function newServerFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `ropeway-${name}-`));
  handOver(folder);
  return folder;
}

/** Variables a server sees. The developer's PGPORT, PGDATA or locale must not change a test. */
export const SERVER_ENV = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } as const;

export class ServerProcess {
  readonly #launch: Launch;
  readonly #folder: string;
  #child: ChildProcess | null = null;
  #guard: ChildProcess | null = null;
  #exited: Promise<void> = Promise.resolve();
  #log = '';

  constructor(launch: Launch, folder: string) {
    this.#launch = launch;
    this.#folder = folder;
  }

  /** Process id of the one that runs, or of the last that ran. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The end of what it wrote to both its outputs. */
  get log(): string {
    return this.#log;
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves once it answers; rejects with its log when it ends before, or stays silent too long. */
  async start(): Promise<void> {
    this.#spawn();
    const { readyMs = READY_MS } = this.#launch;
    const deadline = performance.now() + readyMs;
    while (!(await this.#isReady())) {
      if (!this.isRunning) throw new Error(`${this.#launch.file} ended at its start:\n${this.#log}`);
      if (performance.now() > deadline) {
        await this.kill9();
        throw new Error(`${this.#launch.file} does not answer after ${readyMs} ms:\n${this.#log}`);
      }
      await sleep(LOOK_MS);
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child?.kill(signal);
  }

  /** Ends it in good order; by force after 10 s. */
  async end(): Promise<void> {
    this.signal('SIGCONT');
    this.signal(this.#launch.stopSignal);
    const force = setTimeout(() => this.signal('SIGKILL'), STOP_MS);
    await this.#exited;
    clearTimeout(force);
  }

  /** As the machine's out-of-memory killer does it. */
  async kill9(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exited;
  }

  /** Removes its folder; it must have ended. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #spawn(): void {
    const { file, args, env, runsAs = 'nobody' } = this.#launch;
    const child = spawn(file, args, {
      ...(runsAs === 'self' ? null : unprivilegedOwner()),
      cwd: this.#folder,
      env: { ...SERVER_ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => {
        this.#keep(text);
      });
    }
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#log += `${error.message}\n`;
        resolve();
      });
      child.once('exit', () => {
        this.#guard?.kill('SIGKILL');
        resolve();
      });
    });
    this.#child = child;
    // A failed spawn has no process id and its error comes by event.
    if (child.pid !== undefined) this.#guard = guardOf(child.pid, this.#folder);
  }

  #keep(text: string): void {
    const most = this.#launch.logCharacters ?? LOG_CHARACTERS;
    this.#log += text;
    // Seldom, since each cut copies what stays.
    if (this.#log.length > 2 * most) this.#log = this.#log.slice(-most);
  }

  async #isReady(): Promise<boolean> {
    try {
      return await this.#launch.isReady();
    } catch {
      return false;
    }
  }
}

/** Ends a process and removes its folder when ours is gone; kill the guard when that is done. */
export function guardOf(pid: number, folder: string): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', GUARD, 'sh', `${pid}`, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Killed on purpose when its server has ended, so the broken pipe means nothing.
  guard.stdin.on('error', () => {});
  guard.unref();
  return guard;
}
