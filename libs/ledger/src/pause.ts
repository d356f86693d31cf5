/** Twice the last one, up to the most, less up to a half at random: gateways that lost the same database do not come back as one. */
export function pauseMs(failures: number, maxMs: number, random: () => number = Math.random): number {
  const most = Math.min(maxMs, 100 * 2 ** Math.min(failures, 20));
  return most * (1 - random() / 2);
}
