// What keeps a process from a file or folder of its own, in words, and the fix. The layers below say it in four ways: Node with
// a code and a path, SQLite and PostgreSQL with a sentence, PGlite with a number of Emscripten's on an object that is no Error.
import { resolve, sep } from 'node:path';

/** The folder a start was told to keep its state in, and the option that names another. */
export interface StatePlace {
  readonly folder: string;
  readonly option: string;
}

interface Trouble {
  readonly reason: string;
  readonly fix: string;
}

/** Causes below causes; a ring of them must end. */
const DEEPEST_CAUSE = 5;
const FULL: Trouble = { reason: 'its disk is full', fix: 'make room on it' };
const DENIED: Trouble = { reason: 'this user has no right to it', fix: 'give it to this user' };
const READ_ONLY: Trouble = { reason: 'its file system is read-only', fix: 'make it writable' };
const NO_FOLDER: Trouble = { reason: 'a file lies where a folder belongs', fix: 'move that file away' };
const NO_FILE: Trouble = { reason: 'a folder lies where a file belongs', fix: 'move that folder away' };
const NOT_MADE: Trouble = { reason: 'no folder can be made there', fix: 'make it by hand' };
const NOT_OPENED: Trouble = {
  reason: 'a database file in it may not be opened',
  fix: 'give it to this user with all that is in it',
};

const BY_CODE: Readonly<Record<string, Trouble>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: READ_ONLY,
  EEXIST: NO_FOLDER,
  ENOTDIR: NO_FOLDER,
  EISDIR: NO_FILE,
};
/** What SQLite and PostgreSQL say; from a thread nothing but the sentence arrives. */
const BY_SENTENCE: readonly (readonly [RegExp, Trouble])[] = [
  [/database or disk is full|no space left/i, FULL],
  [/attempt to write a readonly database/i, DENIED],
  [/unable to open database file/i, NOT_OPENED],
];

/** Node's own sentence and the outbox's: of an error of a thread nothing else arrives. */
const NAMED_IN = [/^[A-Z]+: .*, \w+ '([^']+)'/, /^The outbox (.+) can't be used:/];

/** null: it is nothing of that kind, or the file is not known. */
export function explainFileProblem(error: unknown, place?: StatePlace): string | null {
  const found = findTrouble(error);
  if (!found) return null;
  const { trouble, path } = found;
  const fix = trouble.fix;
  const named = path ?? pathIn(found.message);
  if (place && (named === null || concerns(place.folder, named))) {
    const which = named !== null && named !== place.folder ? ` at ${named}` : '';
    return `the state folder ${place.folder} cannot be used${which}: ${trouble.reason}; ${fix}, or choose another folder with ${place.option}`;
  }
  return path ? `${path} cannot be used: ${trouble.reason}; ${fix}, or name another place` : null;
}

/** It is the folder, lies in it, or is above it: the folder could not be made there. */
function concerns(folder: string, path: string): boolean {
  const [ours, named] = [resolve(folder), resolve(path)];
  return ours === named || isBelow(ours, named) || isBelow(named, ours);
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function pathIn(message: unknown): string | null {
  for (const named of NAMED_IN) {
    const path = named.exec(String(message))?.[1];
    if (path !== undefined) return path;
  }
  return null;
}

interface Found {
  readonly trouble: Trouble;
  readonly path: string | null;
  readonly message: unknown;
}

function findTrouble(error: unknown): Found | null {
  let at = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && typeof at === 'object' && at !== null; depth++) {
    const { code, path, syscall, message, cause } = at as NodeJS.ErrnoException & { cause?: unknown };
    const trouble = troubleOf(code, syscall, message);
    if (trouble) return { trouble, path: path ?? null, message };
    at = cause;
  }
  return null;
}

function troubleOf(code?: string, syscall?: string, message?: string): Trouble | null {
  if (syscall === 'listen') return null;
  if (code === 'ENOENT' && syscall === 'mkdir') return NOT_MADE;
  const byCode = code === undefined ? undefined : BY_CODE[code];
  if (byCode) return byCode;
  return BY_SENTENCE.find(([sentence]) => sentence.test(String(message)))?.[1] ?? null;
}
