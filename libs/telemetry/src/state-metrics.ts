// What limits, ledger and keys rest on, read at each scrape: is anything away, and how much waits for it?
import type { Registry } from 'prom-client';
import { METRICS } from './metric-definitions.ts';
import { watchCount, watchValue } from './watched-metrics.ts';

/** Members are null where the gateway runs without it. */
export interface StateReading {
  readonly limits: {
    /** Redis is away: limits are counted in this process. */
    readonly isLocal: boolean;
    /** Gateways that count together, this one included. */
    readonly gateways: number;
    readonly errors: number;
  } | null;
  readonly ledger: {
    readonly waiting: number;
    readonly openIntents: number;
    readonly isFull: boolean;
    readonly isDatabaseAway: boolean;
    readonly delivered: number;
  } | null;
  readonly keys: {
    /** Since the database last confirmed what is cached. */
    readonly ageMs: number;
    readonly lookups: number;
    readonly servedOffline: number;
  } | null;
  /** Answers ended because their key was revoked or their budget used up. */
  readonly cut: number;
}

export const NO_STATE: StateReading = { limits: null, ledger: null, keys: null, cut: 0 };

export function watchState(registry: Registry, read: () => StateReading): void {
  watchValue(registry, METRICS.limiterLocal, () => Number(read().limits?.isLocal ?? false));
  watchValue(registry, METRICS.limiterGateways, () => read().limits?.gateways ?? 1);
  watchCount(registry, METRICS.limiterErrors, (set) => set({}, read().limits?.errors ?? 0));
  watchValue(registry, METRICS.ledgerWaiting, () => read().ledger?.waiting ?? 0);
  watchValue(registry, METRICS.ledgerOpen, () => read().ledger?.openIntents ?? 0);
  watchValue(registry, METRICS.ledgerFull, () => Number(read().ledger?.isFull ?? false));
  watchValue(registry, METRICS.ledgerDatabaseAway, () => Number(read().ledger?.isDatabaseAway ?? false));
  watchCount(registry, METRICS.ledgerDelivered, (set) => set({}, read().ledger?.delivered ?? 0));
  watchValue(registry, METRICS.keysAge, () => (read().keys?.ageMs ?? 0) / 1_000);
  watchCount(registry, METRICS.keyLookups, (set) => set({}, read().keys?.lookups ?? 0));
  watchCount(registry, METRICS.keysOffline, (set) => set({}, read().keys?.servedOffline ?? 0));
  watchCount(registry, METRICS.answersCut, (set) => set({}, read().cut));
}
