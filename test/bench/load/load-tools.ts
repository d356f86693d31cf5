// Compiles worker.c and client.c into a temporary folder. Load from Node would cost more than what it measures.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface LoadTools {
  readonly worker: string;
  readonly client: string;
  /** For logs, configurations and bodies too; gone when the process ends. */
  readonly folder: string;
}

const FLAGS = ['-O2', '-std=gnu17', '-Wall', '-Wextra', '-Werror'];

/** Null, with the reason said, where there is no gcc or no epoll. */
export function compileLoadTools(say: (line: string) => void): LoadTools | null {
  if (process.platform !== 'linux') {
    say(`the load tools need Linux (epoll); this is ${process.platform}: load benches skipped`);
    return null;
  }
  if (spawnSync('gcc', ['--version']).status !== 0) {
    say('gcc is missing (Debian: apt-get install gcc libc6-dev): load benches skipped');
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return { worker: compile('worker', folder), client: compile('client', folder), folder };
}

/** A request's body as a file for the client. */
export function writeBody(tools: LoadTools, name: string, body: object): string {
  const path = join(tools.folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(body));
  return path;
}

function compile(name: string, folder: string): string {
  const out = join(folder, name);
  const source = join(import.meta.dirname, `${name}.c`);
  const { status, stderr } = spawnSync('gcc', [...FLAGS, '-o', out, source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`gcc could not compile ${source}:\n${stderr}`);
  return out;
}
