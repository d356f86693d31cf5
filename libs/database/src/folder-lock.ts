// One folder, one process. PGlite lets two processes open one folder and corrupt it (decisions T3). The lock is SQLite's on a
// file in the folder: the operating system's own, so it ends with the process, however that ends. A pid in a file would have
// to be believed: in a container every process is number 1, and a restarted one finds "itself" still running.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseProblem } from './database-problem.ts';

export interface FolderLock {
  release(): void;
}

/** Extended result codes of SQLite have the primary one in their low byte; 5 is SQLITE_BUSY. */
const SQLITE_BUSY = 5;

/** Makes the folder, readable by its owner alone. Throws a `DatabaseProblem` when it is in use or can't be written. */
export function lockFolder(folder: string): FolderLock {
  const holder = join(folder, 'holder.pid');
  const file = openLockFile(folder);
  try {
    file.exec('BEGIN IMMEDIATE');
    writeFileSync(holder, `${process.pid}\n`);
  } catch (error) {
    file.close();
    throw isBusy(error) ? inUse(folder, holder) : unusable(folder, error);
  }
  return { release: () => file.close() };
}

function openLockFile(folder: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  } catch (error) {
    throw unusable(folder, error);
  }
}

function isBusy(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && error.errcode % 256 === SQLITE_BUSY;
}

function inUse(folder: string, holder: string): DatabaseProblem {
  const who = `the process ${pidIn(holder)} has it open`;
  const fix = 'stop that one, or use PostgreSQL, which several processes can share';
  return new DatabaseProblem('in_use', `the embedded database in ${folder} is in use: ${who}; ${fix}`);
}

/** For the message only; the file is written just after the lock is taken. */
function pidIn(holder: string): string {
  try {
    return readFileSync(holder, 'utf8').trim();
  } catch {
    return '(pid not written yet)';
  }
}

function unusable(folder: string, cause: unknown): DatabaseProblem {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DatabaseProblem('unusable_folder', `the folder ${folder} can't be used: ${why}`, { cause });
}
