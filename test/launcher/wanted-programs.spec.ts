// A rehearsal asks its boards where there is a Prometheus; that there is none must not keep anybody from the day.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { LauncherProject, STARTS } from './launcher-project.ts';

let project: LauncherProject;
beforeEach(() => {
  project = new LauncherProject();
  project.write('test/rehearsal/main.ts', "console.log('played');\n");
});
afterEach(() => project.remove());

/** Tests run where Prometheus is installed. */
function withoutPrograms(): void {
  project.write('scripts/find-program.mjs', 'export const findProgram = () => null;\n');
}

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
