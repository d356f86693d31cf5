// Where Debian and others keep a server's programs.
import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';

const POSTGRES_FOLDERS = '/usr/lib/postgresql';

/** Path of an executable on PATH or in a PostgreSQL folder of Debian, the newest first; null when there is none. */
export function findProgram(name: string): string | null {
  const path = (process.env.PATH ?? '').split(':').filter((each) => each !== '');
  const folders = [
    ...path,
    '/usr/bin',
    '/usr/local/bin',
    '/usr/sbin',
    '/opt/homebrew/bin',
    ...postgresFolders(),
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/** The same, for a program that there must be. */
export function needProgram(name: string): string {
  const found = findProgram(name);
  if (found === null) throw new Error(`${name} is missing: apt-get install redis-server postgresql`);
  return found;
}

function postgresFolders(): string[] {
  try {
    const versions = readdirSync(POSTGRES_FOLDERS).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(POSTGRES_FOLDERS, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
