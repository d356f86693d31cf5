// What the day costs in GPU-hours, and what a fleet would that never sleeps and is as large as the largest need.

interface HeldGpu {
  readonly fromMs: number;
  /** null: still held at the end. */
  readonly untilMs: number | null;
}

export interface GpuHours {
  readonly used: number;
  readonly fixed: number;
}

interface GpuDay {
  readonly startMs: number;
  readonly dayMs: number;
  /** Workers a fixed fleet has of the pool. */
  readonly fixedWorkers: number;
}

const HOURS = 24;

/** One GPU a worker, from the making of its pod to its end: loading and draining are paid as well. */
export function gpuHours(held: readonly HeldGpu[], { startMs, dayMs, fixedWorkers }: GpuDay): GpuHours {
  const endMs = startMs + dayMs;
  const usedMs = held.reduce((sum, { fromMs, untilMs }) => {
    const until = Math.min(untilMs ?? endMs, endMs);
    return sum + Math.max(0, until - Math.max(fromMs, startMs));
  }, 0);
  return { used: (usedMs / dayMs) * HOURS, fixed: fixedWorkers * HOURS };
}
