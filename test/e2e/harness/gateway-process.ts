// The gateway as operators run it: a process with a configuration file, signals and a log on standard output.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { PEPPER } from './keys.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const MAIN = join(ROOT, 'dist', 'apps', 'gateway', 'src', 'main.js');

interface LogLine {
  readonly msg: string;
  readonly url?: string;
  readonly ops?: string;
  readonly problems?: readonly string[];
}

/** What runs is what is built; compiles only what is newer than its output. */
export function build(): void {
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the build failed: ${built.stderr}`);
}

export class GatewayProcess {
  readonly file: string;
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>;
  stderr = '';
  readonly #folder = mkdtempSync(join(tmpdir(), 'ropeway-e2e-'));
  readonly #child: ChildProcess;
  #stdout = '';

  /** `settings` as the file is to hold them: a value, or text to be written as it stands. */
  constructor(settings: unknown) {
    this.file = join(this.#folder, 'ropeway.yaml');
    this.rewrite(settings);
    const { NODE_OPTIONS: _flags, ...env } = process.env;
    this.#child = spawn(process.execPath, [MAIN, '--config', this.file], {
      env: { ...env, ROPEWAY_PEPPER: PEPPER },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exit = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    });
  }

  /** Resolves with its two origins once it listens. */
  async listening(): Promise<{ readonly url: string; readonly ops: string }> {
    await eventually('it listens', () => this.logged('listening').length > 0, 30_000);
    const [line] = this.logged('listening');
    return { url: line?.url ?? '', ops: line?.ops ?? '' };
  }

  logged(message: string): LogLine[] {
    return this.#stdout
      .split('\n')
      .filter((line) => line.includes(message))
      .map((line) => JSON.parse(line) as LogLine);
  }

  rewrite(settings: unknown): void {
    writeFileSync(this.file, typeof settings === 'string' ? settings : JSON.stringify(settings));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it if it still runs, and removes its folder. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exit;
    rmSync(this.#folder, { recursive: true });
  }
}
