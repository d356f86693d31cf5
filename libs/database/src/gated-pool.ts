// A pool that hands out no connection before its gate is open. A connection is taken after the look at the schema, not for it:
// statements that wait for the look hold none, so a pool of one cannot lock itself up.
import type { PostgresPool } from 'kysely';
import type { SchemaGate } from './schema-gate.ts';

export function gatedPool(pool: PostgresPool, gate: SchemaGate): PostgresPool {
  return {
    options: pool.options,
    connect: () => (gate.isOpen ? pool.connect() : gate.pass().then(() => pool.connect())),
    end: () => pool.end(),
  };
}
