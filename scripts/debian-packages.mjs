// The servers that tests run against, from Debian's packages: installed where we may (root, Debian), asked for elsewhere.
// Tests start servers of their own, so the packages must neither start theirs nor make a database cluster.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findProgram } from './find-program.mjs';

/** Program that a test needs, and the package it comes in. */
const NEEDED = {
  'redis-server': 'redis-server',
  postgres: 'postgresql',
  initdb: 'postgresql',
  prometheus: 'prometheus',
  promtool: 'prometheus',
};

/** What `npm run pictures` needs; DejaVu, as a browser without a font draws boxes. */
export const FOR_PICTURES = {
  prometheus: 'prometheus',
  chromium: 'chromium fonts-dejavu-core',
  pngquant: 'pngquant',
};

/** What `npm run observe` starts, and `npm run rehearsal` asks its boards with. */
export const FOR_WATCHING = { prometheus: 'prometheus' };

/** Asked by every package before it starts a service (invoke-rc.d(8)); 101: forbidden. */
const POLICY = '/usr/sbin/policy-rc.d';
/** Read when the first PostgreSQL of a machine is installed (pg_createcluster(1)). */
const CLUSTER = '/etc/postgresql-common/createcluster.conf';
const QUIETLY = ['-qq', '-o', 'Dpkg::Use-Pty=0'];

/** Packages that are missing here. `needed`: package by program. */
export function missingPackages(needed = NEEDED) {
  const missing = Object.keys(needed).filter((program) => findProgram(program) === null);
  return [...new Set(missing.flatMap((program) => needed[program].split(' ')))];
}

/** True where apt-get would work without asking anybody. */
export function mayInstall() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findProgram('apt-get') !== null;
}

/** `execute(title, file, args)` shows progress and gives the exit code, which is given back: 0, or apt-get's. */
export async function installPackages(packages, execute) {
  const undoPolicy = writeUnlessThere(POLICY, '#!/bin/sh\nexit 101\n', 0o755);
  const undoCluster = writeUnlessThere(CLUSTER, 'create_main_cluster = false\n', 0o644);
  const apt = (...args) => ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...QUIETLY, ...args];
  try {
    const updated = await execute("reading Debian's package lists", 'env', apt('update'));
    if (updated !== 0) return updated;
    const install = apt('install', '--yes', '--no-install-recommends', ...packages);
    const code = await execute(`installing ${packages.join(' and ')}`, 'env', install);
    if (code !== 0) undoCluster();
    return code;
  } finally {
    undoPolicy();
  }
}

/** Gives what takes the file away again; a file that is there is its owner's, and is left alone. */
function writeUnlessThere(file, text, mode) {
  if (existsSync(file)) return () => {};
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
  return () => rmSync(file, { force: true });
}
