// Waits for a state, not for a time: looks until it is there, and says what was missing when the deadline passes.
import { setTimeout as sleep } from 'node:timers/promises';

/** Generous: two cores may be shared by several test files. */
const DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 5;

export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** The promise's value, or an error naming what did not come. */
export async function within<T>(what: string, promise: Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not within ${deadlineMs} ms: ${what}`)), deadlineMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
