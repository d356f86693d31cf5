// What the launchers, of the npm scripts and of `ropeway`, do where their Node starts and where it does not.
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LauncherProject, STARTS } from './launcher-project.ts';

const NPM_SCRIPT = ['run.mjs', 'build'] as const;
const COMMAND_LINE = ['ropeway.mjs', 'doctor', '--json'] as const;
/** What a bare Debian 13 printed. */
const NO_LIBATOMIC =
  'node: error while loading shared libraries: libatomic.so.1: cannot open shared object file: No such file or directory';

let project: LauncherProject;
beforeEach(() => {
  project = new LauncherProject();
});
afterEach(() => project.remove());

const failing = (said: string): string => `#!/bin/sh\necho '${said}' >&2\nexit 127\n`;

describe.each([
  ['an npm script', NPM_SCRIPT],
  ['ropeway', COMMAND_LINE],
])('%s', (_, launcher) => {
  it('says the one command that mends a Node without libatomic, and ends with 1', () => {
    expect(project.launch(failing(NO_LIBATOMIC), launcher)).toEqual({
      code: 1,
      out: '',
      err: 'ropeway: libraries are missing that Node needs; as root: apt-get install libatomic1\n',
    });
  });

  it('says in its own words why Node does not start otherwise', () => {
    const { code, err } = project.launch(failing('Exec format error'), launcher);
    expect([code, err]).toEqual([1, 'ropeway: the pinned Node does not start: Exec format error\n']);
  });
});

it('hands a command line on as it was written, and its exit code back', () => {
  const main = 'console.log(process.argv.slice(2).join()); process.exit(3);\n';
  project.write('dist/apps/cli/src/main.js', main);
  expect(project.launch(STARTS, COMMAND_LINE)).toEqual({ code: 3, out: 'doctor,--json\n', err: '' });
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('ends with a %s that is sent to the launcher of `ropeway` alone', async (signal, code) => {
  project.write('dist/apps/cli/src/main.js', "console.log('begun'); setTimeout(process.exit, 5_000, 7);\n");
  expect(await project.interrupt(COMMAND_LINE, { ready: 'begun', signal })).toBe(code);
});

it('goes on where it left off once the library is there', () => {
  project.launch(failing(NO_LIBATOMIC), NPM_SCRIPT);
  expect(project.launch(STARTS, NPM_SCRIPT)).toEqual({ code: 0, out: 'built\n', err: '' });
});

it('asks once an install, not at every start', () => {
  expect([project.launch(STARTS, NPM_SCRIPT).code, project.launch(STARTS, NPM_SCRIPT).code]).toEqual([0, 0]);
  expect(existsSync(`${project.node}.asked`) && readFileSync(`${project.node}.asked`, 'utf8')).toBe('once\n');
});

it('asks again after another install', () => {
  project.launch(STARTS, NPM_SCRIPT);
  project.stampInstall();
  project.launch(STARTS, NPM_SCRIPT);
  expect(readFileSync(`${project.node}.asked`, 'utf8')).toBe('once\nonce\n');
});
