// The bounds of the configuration that alerts compare with. None of them changes while a gateway runs.
import type { RopewayConfig } from '#config';
import type { BoundsReading } from '#telemetry';
import type { State } from './open-state.ts';

const HOUR_MS = 3_600_000;

export function boundsOf(
  { waiting, ledger, auth }: Pick<RopewayConfig, 'waiting' | 'ledger' | 'auth'>,
  { database }: Pick<State, 'database'>,
): BoundsReading {
  return {
    maxWaitMs: waiting.maxWaitMs,
    ledgerMaxRows: database === null ? null : ledger.maxRows,
    keysOfflineMs: database === null ? null : auth.offlineHours * HOUR_MS,
  };
}
