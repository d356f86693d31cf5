// How long a start waits for its database, and what its operator reads when that is over: a bare "aborted due to timeout"
// tells neither what was slow nor what to do.
import { DatabaseProblem } from './database-problem.ts';

/** Only the embedded database takes time here: about 5 s of CPU on its first start, minutes where many share a core. */
const OPEN_MS = 180_000;

export function openingDeadline(ms: number = OPEN_MS): AbortSignal {
  const late = new AbortController();
  setTimeout(() => {
    const message = `the database was not open after ${ms / 1000} s: this machine is too busy or its disk too slow; stop what else runs and start again`;
    late.abort(new DatabaseProblem('too_slow', message));
  }, ms).unref();
  return late.signal;
}
