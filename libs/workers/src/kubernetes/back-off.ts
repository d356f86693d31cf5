// How long to leave the API server alone after failures in a row. Half of each pause is chance, so that gateways that
// lost the same server do not come back to it at the same moment.

export interface BackOffOptions {
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

/** `failures` from 1; `random` is 0 <= value < 1. */
export function backOffMs(failures: number, random: number, options: BackOffOptions): number {
  const { firstPauseMs, longestPauseMs } = options;
  // 2^30 first pauses are longer than any limit; beyond that the power would lose its meaning.
  const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 30), longestPauseMs);
  return (pauseMs / 2) * (1 + random);
}
