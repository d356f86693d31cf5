// Does another clock agree with ours? Limits go by Redis' time, expiry and budgets by the wall clock of each process, the
// ledger's days by both.
import { type Finding, fail, ok, warn } from './finding.ts';

/** A revoked or expired key is refused within a second (K5): clocks further apart than that break the promise. */
const WARN_MS = 1_000;
/** As long as a lease: from here on, places of living gateways expire (limits.leaseMs). */
const FAIL_MS = 30_000;

interface ClockReading {
  /** Our wall clock when we asked and when the answer came. */
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly theirMs: number;
}

export function checkClock(check: string, { askedMs, answeredMs, theirMs }: ClockReading): Finding {
  // They answered at some time between; only what is outside of that is certainly a difference.
  const skewMs = theirMs < askedMs ? theirMs - askedMs : Math.max(0, theirMs - answeredMs);
  const size = Math.abs(skewMs);
  if (size < WARN_MS)
    return ok(check, `its clock agrees with ours (within ${size + (answeredMs - askedMs)} ms)`);
  const what = `its clock is ${(size / 1_000).toFixed(1)} s ${skewMs < 0 ? 'behind' : 'ahead of'} ours`;
  const fix = 'synchronise both machines with NTP (chrony, systemd-timesyncd)';
  return size < FAIL_MS ? warn(check, what, fix) : fail(check, what, fix);
}
