// What the admin API works with. One token, so that a test or the standalone app hands in what it has.
import type { Database } from '#database';
import type { Registry } from '#tenancy';
import type { Lifecycle } from './lifecycle.ts';

/** Of pino's logger what is used here. */
export interface ControlLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ControlPorts {
  readonly database: Database;
  readonly registry: Registry;
  readonly logger: ControlLogger;
  readonly lifecycle: Lifecycle;
}

export const CONTROL_PORTS = Symbol('ControlPorts');
