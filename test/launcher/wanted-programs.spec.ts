// A rehearsal asks its boards where there is a Prometheus; that there is none must not keep anybody from the day. `observe` says
// itself what it lacks. Both have it installed where that may be.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { LauncherProject, STARTS } from './launcher-project.ts';

let project: LauncherProject;
beforeEach(() => {
  project = new LauncherProject();
  project.write('test/rehearsal/main.ts', "console.log('played');\n");
  project.write('scripts/observe/main.ts', "console.log('watched');\n");
});
afterEach(() => project.remove());

/** Tests run where Prometheus is installed. */
function withoutPrograms(): void {
  project.write('scripts/find-program.mjs', 'export const findProgram = () => null;\n');
}

/** Instead of Debian's: says on standard output what it would install, and fails where it is told to. */
function withInstaller(code: number): void {
  const real = readFileSync('scripts/debian-packages.mjs', 'utf8');
  project.write('scripts/real-packages.mjs', real);
  project.write(
    'scripts/debian-packages.mjs',
    `export * from './real-packages.mjs';
    export const mayInstall = () => true;
    export const installPackages = async (packages) => (console.log('installed', ...packages), ${code});\n`,
  );
}

it.each([
  ['rehearsal', 'built\nplayed\n'],
  ['observe', 'watched\n'],
])('%s has Prometheus installed where that may be', (command, did) => {
  withoutPrograms();
  withInstaller(0);
  const { code, out, err } = project.launch(STARTS, ['run.mjs', command]);
  expect([code, out, err]).toEqual([0, `installed prometheus\n${did}`, '']);
});

it.each(['rehearsal', 'observe'])('%s installs nothing where it is there', (command) => {
  project.write('scripts/find-program.mjs', 'export const findProgram = (name) => name;\n');
  withInstaller(0);
  expect(project.launch(STARTS, ['run.mjs', command]).out).not.toContain('installed');
});

it('observe is started where the installing fails, and says itself what is missing', () => {
  withoutPrograms();
  withInstaller(100);
  const { out, err } = project.launch(STARTS, ['run.mjs', 'observe']);
  expect([out, err]).toEqual(['installed prometheus\nwatched\n', 'ropeway: going on without prometheus\n']);
});

it('plays the day without Prometheus where it may install nothing', () => {
  withoutPrograms();
  const { code, out, err } = project.launch(STARTS, ['run.mjs', 'rehearsal']);
  expect([code, out, err]).toEqual([0, 'built\nplayed\n', '']);
});

it('asks for the servers of a real control plane there', () => {
  withoutPrograms();
  const { code, err } = project.launch(STARTS, ['run.mjs', 'rehearsal', '--cluster']);
  expect([code, err]).toEqual([1, expect.stringContaining('apt-get install redis-server postgresql')]);
});
