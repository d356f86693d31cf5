// Waits for a state of the cluster. Looks seldom, since each look asks the API server; waits long, since everything here
// shares two cores.
import { setTimeout as sleep } from 'node:timers/promises';

const SETTLE_MS = 180_000;
const LOOK_EVERY_MS = 100;

export async function settles(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  deadlineMs = SETTLE_MS,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}
