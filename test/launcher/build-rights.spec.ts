// Who may build, and who may start what was built: as a user who may only read the clone.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { newServerFolder } from '../servers/server-process.ts';
import { unprivilegedOwner } from '../servers/unprivileged.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BUILD_MS = 60_000;

let clone = '';
beforeEach(() => {
  clone = newServerFolder('build');
  for (const file of ['scripts/build.mjs', '.swcrc']) cpSync(join(ROOT, file), join(clone, file));
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  mkdirSync(join(clone, 'libs/one/src'), { recursive: true });
  writeFileSync(join(clone, 'libs/one/src/one.ts'), 'export const one: number = 1;\n');
  writeFileSync(join(clone, 'package.json'), JSON.stringify({ imports: {}, version: '1.0.0' }));
});
afterEach(() => {
  chmodSync(clone, 0o755);
  rmSync(clone, { recursive: true, force: true });
});

function build(owner: ReturnType<typeof unprivilegedOwner>) {
  const { status, stderr } = spawnSync(process.execPath, [join(clone, 'scripts', 'build.mjs')], {
    encoding: 'utf8',
    timeout: BUILD_MS,
    ...owner,
  });
  return { status, stderr };
}

it('says in one line that a clone may not be written, and what to do', () => {
  chmodSync(clone, 0o555);
  const { status, stderr } = build(unprivilegedOwner());
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^ropeway: the build cannot write \S+ \(EACCES\): give this user the right to write .*\n$/,
  );
});

it('leaves a clone that is built alone, so that whoever may only read it can start it', () => {
  expect(build(null)).toEqual({ status: 0, stderr: '' });
  for (const folder of ['dist', 'dist/libs/one/src']) chmodSync(join(clone, folder), 0o555);
  chmodSync(clone, 0o555);
  expect(build(unprivilegedOwner())).toEqual({ status: 0, stderr: '' });
  for (const folder of ['dist', 'dist/libs/one/src']) chmodSync(join(clone, folder), 0o755);
});
