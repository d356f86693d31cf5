// What SQLite says when it cannot use a file, and what an operator is told then.
import type { DatabaseSync } from 'node:sqlite';

/** SQLite's result codes: https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Reads every page; an outbox is nearly empty as a rule. */
export function checkWhole(db: DatabaseSync): void {
  const finding = String(Object.values(db.prepare('pragma quick_check(1)').get() ?? {})[0]);
  if (finding !== 'ok') throw Object.assign(new Error(finding), { errcode: SQLITE_CORRUPT });
}

/** Says what to do, since rows of the ledger are at stake. */
export function damaged(path: string, cause: unknown): Error {
  const finding = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `The outbox ${path} is damaged (${finding}). It may hold rows of the ledger that the database has not got. ` +
      `Keep it: move it and its -wal file to another folder and start again; then save what can be read with ` +
      `\`sqlite3 FILE .recover | sqlite3 mended.db\`, and put mended.db back as outbox-9.db in the folder of the outbox: its rows are delivered within a minute.`,
    { cause },
  );
}

export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** Somebody holds it. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === SQLITE_BUSY;
}

/** Extended codes carry the primary one in their low byte. */
function codeOf(error: unknown): number | null {
  const isSqlite = typeof error === 'object' && error !== null && 'errcode' in error;
  return isSqlite ? Number(error.errcode) & 0xff : null;
}

/** SQLite's own words name no file; what else was thrown says enough. */
export function notOpened(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  return new Error(
    `The outbox ${path} can't be used: ${error.message}. Has this user the right to it, and its disk room?`,
    { cause: error },
  );
}
