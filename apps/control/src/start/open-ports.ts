// What the admin API works with when it is a process of its own, opened from the configuration.
import type { RopewayConfig } from '#config';
import {
  checkSchema,
  type Database,
  DatabaseProblem,
  migrate,
  openDatabase,
  openingDeadline,
} from '#database';
import { LedgerBudgetTruth, UsageQueries } from '#ledger';
import type { BudgetTruth } from '#limits';
import { DatabaseRegistry } from '#tenancy';
import type { ControlLogger, ControlPorts } from '../control-ports.ts';
import { type CountersInView, openCounters } from './open-counters.ts';

interface OpenedPorts {
  readonly ports: Omit<ControlPorts, 'lifecycle'>;
  close(): Promise<void>;
}

/** PostgreSQL and Redis may be away. Throws a line for the operator when there is nothing to administer. */
export async function openPorts(
  config: RopewayConfig,
  logger: ControlLogger,
  version: string,
): Promise<OpenedPorts> {
  if (config.database === null) {
    throw new Error(
      'the admin API keeps tenants and keys in a database: set database.url (or database.urlFile, ROPEWAY_DATABASE_URL)',
    );
  }
  const signal = openingDeadline();
  const log = ({ kind, ...fields }: { readonly kind: string }) =>
    logger.warn(fields, kind.replaceAll('_', ' '));
  await using closing = new AsyncDisposableStack();
  const database = await openDatabase(config.database, { signal, log, refusesOtherSchemas: true });
  closing.defer(() => database.close());
  if (config.database.kind === 'embedded') await migrate(database, { signal });
  await refuseOtherSchema(database, logger);
  const truth: BudgetTruth = new LedgerBudgetTruth(database);
  const counters: CountersInView = openCounters(config, truth);
  closing.defer(() => counters.close());
  const pepper = newestPepper(config);
  const kept = closing.move();
  return {
    ports: {
      database,
      registry: new DatabaseRegistry({ database, pepper }),
      usage: new UsageQueries(database),
      limiter: counters.limiter,
      pools: () => boundsOf(config),
      redisMode: counters.mode,
      ledgerStats: () => null,
      gateways: config.control.gateways,
      version,
      logger,
    },
    close: () => kept.disposeAsync(),
  };
}

/**
 * A database that is away is no reason not to start; one whose tables another release made must not be written to (L8),
 * now or when it is back: `refusesOtherSchemas` sees to that.
 */
async function refuseOtherSchema(database: Database, logger: ControlLogger): Promise<void> {
  const check = await checkSchema(database).catch((error: unknown) => {
    if (error instanceof DatabaseProblem) throw error;
    logger.error({ err: error }, 'the database is away: the admin API answers once it is back');
    return null;
  });
  if (check !== null && !check.ok) throw new Error(check.message);
}

/** New keys are made with it. A configuration with a database has a pepper; the schema sees to it. */
function newestPepper({ peppers }: RopewayConfig) {
  const version = Math.max(...peppers.keys());
  const secret = peppers.get(version);
  if (secret === undefined) throw new Error('no pepper is set: set ROPEWAY_PEPPER');
  return { version, secret };
}

function boundsOf({ pools, tokenWeights }: RopewayConfig) {
  return {
    largestWindowTokens: Math.max(0, ...pools.map(({ windowTokens }) => windowTokens)),
    largestPoolWeight: Math.max(1, ...tokenWeights.values()),
  };
}
