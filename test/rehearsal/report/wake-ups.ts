// How pools came from zero and went back, from the moments at which it was seen.
import type { Outcome } from '../load/outcome.ts';

export interface PoolMoments {
  readonly pool: string;
  /** When its number of workers changed, oldest first. */
  readonly scaled: readonly { readonly atMs: number; readonly from: number; readonly to: number }[];
  /** When workers of it became Ready for the first time. */
  readonly readyMs: readonly number[];
}

export interface WakeUp {
  readonly pool: string;
  readonly atMs: number;
  /** From sending the request that woke it until: a worker was asked for, one was Ready, the first token was there. */
  readonly scaledAfterMs: number | null;
  readonly readyAfterMs: number | null;
  readonly firstTokenAfterMs: number | null;
  /** Most workers it had until it slept again. */
  readonly mostWorkers: number;
  /** From waking until nobody was wanted any more; null: it is awake still. */
  readonly awakeMs: number | null;
}

export function wakeUps(
  { pool, scaled, readyMs }: PoolMoments,
  outcomes: readonly Outcome[],
): readonly WakeUp[] {
  const wakings = scaled.filter(({ from, to }) => from === 0 && to > 0);
  return wakings.map(({ atMs }, nth) => {
    const sleep = scaled.find((change) => change.to === 0 && change.atMs > atMs);
    const untilMs = sleep?.atMs ?? Number.POSITIVE_INFINITY;
    const sinceMs =
      nth === 0 ? 0 : (scaled.findLast((change) => change.to === 0 && change.atMs < atMs)?.atMs ?? 0);
    const waker = outcomes
      .filter(({ need, sentMs }) => need === pool && sentMs > sinceMs && sentMs <= atMs)
      .toSorted((a, b) => a.sentMs - b.sentMs)[0];
    const ready = readyMs.find((each) => each > atMs && each < untilMs);
    const after = (ms: number | null | undefined) => (waker && ms ? ms - waker.sentMs : null);
    const during = scaled.filter((change) => change.atMs >= atMs && change.atMs < untilMs);
    return {
      pool,
      atMs,
      scaledAfterMs: after(atMs),
      readyAfterMs: after(ready),
      firstTokenAfterMs: waker?.firstTokenMs ?? null,
      mostWorkers: Math.max(...during.map(({ to }) => to)),
      awakeMs: sleep === undefined ? null : sleep.atMs - atMs,
    };
  });
}
