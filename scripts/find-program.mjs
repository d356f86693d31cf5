// Where the servers that tests start are installed. In JavaScript, since the launcher asks before the pinned Node is there.
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian keeps each version's server programs out of PATH. */
const POSTGRES_FOLDERS = '/usr/lib/postgresql';
const USUAL_FOLDERS = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin'];

/** Path of an executable on PATH or where it usually is, the newest PostgreSQL first; null when there is none. */
export function findProgram(name) {
  const path = (process.env.PATH ?? '').split(delimiter).filter((each) => each !== '');
  const folders = [...path, ...USUAL_FOLDERS, ...postgresFolders()];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/** The same, for a program that there must be. */
export function needProgram(name) {
  const found = findProgram(name);
  if (found === null)
    throw new Error(`${name} is missing: apt-get install redis-server postgresql prometheus`);
  return found;
}

function postgresFolders() {
  try {
    const versions = readdirSync(POSTGRES_FOLDERS).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(POSTGRES_FOLDERS, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
