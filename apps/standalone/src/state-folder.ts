// What the standalone start remembers between two starts, in `.ropeway`, readable by the user alone: its pepper, its key, and
// beside them the embedded database, the outbox of the ledger and the admin key.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface StateFolder {
  readonly pepperFile: string;
  /** Holds the key of the demo tenant once there is one. */
  readonly keyFile: string;
  readonly databaseFolder: string;
  readonly outboxFolder: string;
  readonly adminKeyFile: string;
}

export function openStateFolder(folder: string): StateFolder {
  makeFolder(folder);
  const pepperFile = join(folder, 'pepper');
  keepSecret(pepperFile, () => randomBytes(32).toString('base64url'));
  return {
    pepperFile,
    keyFile: join(folder, 'key'),
    databaseFolder: join(folder, 'db'),
    outboxFolder: join(folder, 'outbox'),
    adminKeyFile: join(folder, 'admin-key'),
  };
}

/**
 * Not Node's own `recursive`: that tells of a read-only file system that the folder's parent is not there, and does not
 * come back at all from a place such as /proc.
 */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another start may have made it just now.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function keepSecret(file: string, make: () => string): void {
  try {
    writeFileSync(file, `${make()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // It is there from an earlier start, or from one beside this: then that one holds.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  chmodSync(file, 0o600);
}

/** null: there is none yet. */
export function readKey(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}

/** Replaces what was there. */
export function writeKey(file: string, key: string): void {
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}
