// What keys, limits and the ledger cost, each measured by itself.
import { atMost, shown, type TargetRow } from './target-row.ts';

/** As `limits-admission.bench.ts` prints it. */
export interface AdmissionResult {
  readonly memory_us: number;
  /** The reservation alone: the dearer of the two questions a request asks, which the bars are for. */
  readonly redis_p50_ms: number;
  readonly redis_p99_ms: number;
  /** The take and the reservation, one after the other, which is what a request waits for in all. */
  readonly redis_both_p50_ms: number;
  readonly redis_both_p99_ms: number;
  /** Both questions, counted locally. */
  readonly away_p99_ms: number;
}

export function admissionRows(result: AdmissionResult): readonly TargetRow[] {
  const ms = (value: number) => ({ value, unit: 'ms', digits: 3 });
  return [
    atMost('take, reservation, settling in memory', 20, { value: result.memory_us, unit: 'us', digits: 1 }),
    atMost('reservation in Redis, 1,000 /s: p50', 0.3, ms(result.redis_p50_ms)),
    atMost('reservation in Redis, 1,000 /s: p99', 1.5, ms(result.redis_p99_ms)),
    shown('take and reservation in Redis: p50', ms(result.redis_both_p50_ms)),
    shown('take and reservation in Redis: p99', ms(result.redis_both_p99_ms)),
    atMost('both, Redis killed, 1,000 /s: p99', 5, ms(result.away_p99_ms)),
  ];
}

/** As `key-check.bench.ts` prints it. */
export interface KeyCheckResult {
  readonly warm_us: number;
  readonly cold_p50_ms: number;
  readonly revoked_p99_ms: number;
}

export function keyCheckRows({ warm_us, cold_p50_ms, revoked_p99_ms }: KeyCheckResult): readonly TargetRow[] {
  return [
    atMost('a key checked, warm', 10, { value: warm_us, unit: 'us', digits: 1 }),
    atMost('a key checked, cold: p50', 1, { value: cold_p50_ms, unit: 'ms', digits: 2 }),
    atMost('a key revoked, known: p99', 1_000, { value: revoked_p99_ms, unit: 'ms', digits: 1 }),
  ];
}

/** As `ledger-intents.bench.ts` prints it. */
export interface LedgerResult {
  readonly loop_us: number;
  readonly open_p50_ms: number;
  readonly open_p99_ms: number;
  readonly requests_per_second: number;
}

export function ledgerRows(result: LedgerResult): readonly TargetRow[] {
  const ms = (value: number) => ({ value, unit: 'ms' });
  return [
    atMost('ledger, event loop a request', 15, { value: result.loop_us, unit: 'us', digits: 1 }),
    shown('ledger, intent on disk, 1,000 /s: p50', ms(result.open_p50_ms)),
    shown('ledger, intent on disk, 1,000 /s: p99', ms(result.open_p99_ms)),
    shown('ledger, 64 callers', { value: result.requests_per_second, unit: '/s', digits: 0 }),
  ];
}
