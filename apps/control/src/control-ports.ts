// What the admin API works with. One token, so that a test or the standalone app hands in what it has.

import type { Database } from '#database';
import type { LedgerStats, UsageQueries } from '#ledger';
import type { Limiter } from '#limits';
import type { Lifecycle } from '#telemetry';
import type { Registry } from '#tenancy';

/** Of pino's logger what is used here. */
export interface ControlLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ControlPorts {
  readonly database: Database;
  readonly registry: Registry;
  readonly usage: UsageQueries;
  /** For how limits stand; nothing is taken through it. */
  readonly limiter: Pick<Limiter, 'standings'>;
  /** Of the configured pools: bursts depend on them. */
  readonly pools: () => { readonly largestWindowTokens: number; readonly largestPoolWeight: number };
  /** Origins of the gateways' ops ports; a name stands for all its addresses. */
  readonly gateways: readonly string[];
  /** Of the program, for GET /admin/status. */
  readonly version: string;
  /** `none`: limits are counted in one process; `shared`: in Redis; `local`: in each process, for Redis is away. */
  readonly redisMode: () => RedisMode;
  /** Of the gateway in this process; null where there is none. */
  readonly ledgerStats: () => LedgerStats | null;
  readonly logger: ControlLogger;
  readonly lifecycle: Lifecycle;
}

export type RedisMode = 'none' | 'shared' | 'local';

export const CONTROL_PORTS = Symbol('ControlPorts');
