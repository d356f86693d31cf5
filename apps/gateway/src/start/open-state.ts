// What outlives a request, opened from the configuration: keys, limits, ledger, and the database and Redis under them.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import type { Database } from '#database';
import type { Ledger, UsageQueries } from '#ledger';
import { type Limiter, MemoryLimiter } from '#limits';
import type { StateReading } from '#telemetry';
import { KeyRing, type KeyStore, type RevokedKeys } from '#tenancy';
import type { OutputEstimate } from '../completions/spending.ts';

export interface State {
  /** null: keys come from the configuration alone, and no usage is recorded. */
  readonly database: Database | null;
  readonly keys: KeyStore;
  readonly limiter: Limiter;
  readonly outputEstimate: OutputEstimate;
  readonly ledger: Ledger | null;
  readonly usage: UsageQueries | null;
  onRevoked(listener: (revoked: RevokedKeys) => void): void;
  /** Takes over the keys and peppers of a new configuration. */
  reload(config: RopewayConfig): void;
  reading(): Omit<StateReading, 'cut'>;
  /** Delivers what waits, as far as the deadline allows, and closes all. */
  close(): Promise<void>;
}

export async function openState(config: RopewayConfig, _logger: Logger): Promise<State> {
  const ring = new KeyRing(config.keys, config.peppers);
  const limiter = new MemoryLimiter();
  return {
    database: null,
    keys: ring,
    limiter,
    outputEstimate: { tokens: () => null, observe: () => undefined },
    ledger: null,
    usage: null,
    onRevoked: () => undefined,
    reload: (next) => ring.replace(next.keys, next.peppers),
    reading: () => ({ limits: null, ledger: null, keys: null }),
    close: () => limiter.close(),
  };
}
