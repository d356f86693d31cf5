// How long to wait before the next try: twice as long each time, and never as long as everybody else, so that a hundred
// gateways don't come back to a restarted database in step.
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Half of it certain, half of it chance. `chance` is from 0 to 1. */
export function jitteredPauseMs(failures: number, chance: number = Math.random()): number {
  const wholeMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 16));
  return wholeMs / 2 + (wholeMs / 2) * chance;
}
