// Waits for what must come true, as long as a test may take; the test's name says what failed to come.
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 5;
const LONGEST_MS = 30_000;

export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + LONGEST_MS;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`still not true: ${isTrue}`);
    await sleep(PAUSE_MS);
  }
}
