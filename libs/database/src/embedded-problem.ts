// What PGlite throws where its folder fails it is no Error: the object of Emscripten's file system, with a number alone.
import { DatabaseProblem } from './database-problem.ts';

/** Numbers of WASI, which are Emscripten's, as a code of Node. */
const WASI_CODES: Readonly<Record<number, string>> = {
  2: 'EACCES',
  19: 'EDQUOT',
  29: 'EIO',
  51: 'ENOSPC',
  63: 'EPERM',
  69: 'EROFS',
};
const WORDS: Readonly<Record<string, string>> = {
  EDQUOT: 'no room left for this user on its disk (EDQUOT)',
  ENOSPC: 'no room left on its disk (ENOSPC)',
};
const EXIT_WORDS = 'the database ended while it was made or opened: is its disk full, or its data damaged?';

/** Its name where WebAssembly ends itself, as a database that cannot write while it recovers: it says "Aborted()". */
const ABORTED = 'RuntimeError';

/** An Error stays what it is; anything else thrown becomes one that names the folder. */
export function embeddedProblem(folder: string, thrown: unknown): unknown {
  const { errno, name } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    errno?: unknown;
    name?: unknown;
  };
  if (thrown instanceof Error && name !== ABORTED) return thrown;
  const code = typeof errno === 'number' ? WASI_CODES[errno] : undefined;
  const known = code === undefined ? null : (WORDS[code] ?? code);
  const why =
    known ??
    (name === 'ExitStatus' || name === ABORTED
      ? EXIT_WORDS
      : `the database failed with number ${String(errno)}`);
  const cause = Object.assign(new Error(why), code === undefined ? {} : { code, path: folder });
  return new DatabaseProblem('unusable_folder', `the folder ${folder} can't be used: ${why}`, { cause });
}
