// What outlives a request, opened from the configuration: keys, limits, ledger, and the database and Redis under them.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import {
  checkSchema,
  type Database,
  type DatabaseEvent,
  DatabaseProblem,
  keepPartitions,
  migrate,
  openDatabase,
  openingDeadline,
} from '#database';
import {
  DatabaseSink,
  type Ledger,
  LedgerBudgetTruth,
  OutboxLedger,
  RedisHandover,
  UsageQueries,
} from '#ledger';
import { connectRedis, type Limiter, OutputEstimate } from '#limits';
import type { StateReading } from '#telemetry';
import { DatabaseKeys, KeyRing, type KeyStore, KeyStores, type RevokedKeys } from '#tenancy';
import { logDatabaseEvent, logKeysEvent, logLedgerEvent } from './log-state-events.ts';
import { openLimits } from './open-limits.ts';

export interface State {
  /** null: keys come from the configuration alone, and no usage is recorded. */
  readonly database: Database | null;
  readonly keys: KeyStore;
  readonly limiter: Limiter;
  readonly outputEstimate: OutputEstimate;
  /** null without a database, as is `usage`. */
  readonly ledger: Ledger | null;
  readonly usage: UsageQueries | null;
  /** Why a database that is there cannot be used, with the command that mends it; null while it can, or is away. */
  databaseProblem(): string | null;
  /** False until the database has answered, where neither the configuration nor a snapshot holds keys: everybody would be refused. */
  hasKeys(): boolean;
  onRevoked(listener: (revoked: RevokedKeys) => void): void;
  /** Takes over the keys and peppers of a new configuration. */
  reload(config: RopewayConfig): void;
  reading(): Omit<StateReading, 'cut'>;
  /** Sends on what waits, as far as CLOSE_MS allows, and closes all; what is left in the outbox comes with the next start. */
  close(): Promise<void>;
}

const CLOSE_MS = 10_000;
/** An insert into the embedded database holds up the event loop: 500 rows for 60 ms, 50 for 18 (docs/adr/0011). */
const EMBEDDED_BATCH_ROWS = 50;

/**
 * PostgreSQL and Redis may be away: then known keys go on and limits are counted here. Rejects with a line for the operator
 * when the database cannot be used as it stands, or the outbox cannot be written.
 */
export async function openState(config: RopewayConfig, logger: Logger): Promise<State> {
  const ring = new KeyRing(config.keys, config.peppers);
  let problem: string | null = null;
  const noteEvent = (event: DatabaseEvent): void => {
    logDatabaseEvent(event, logger);
    if (event.kind === 'schema_refused') problem = event.message;
    else if (event.kind === 'schema_fits') problem = null;
  };
  await using closing = new AsyncDisposableStack();
  const database = config.database && (await openChecked(config.database, logger, noteEvent));
  closing.defer(() => database?.close());
  const databaseKeys = database && (await openKeys(database, config, logger));
  closing.defer(() => databaseKeys?.close());
  const opened = database && (await openLedger(database, config, logger));
  closing.defer(() => opened?.close());
  const ledger = opened?.ledger ?? null;
  const isBehind = () => ledger?.stats().isBehind ?? false;
  const limits = openLimits(config, database && new LedgerBudgetTruth(database, isBehind), logger);
  closing.defer(() => limits.limiter.close());
  const stopPartitions =
    database &&
    keepPartitions(database, (error) => logger.warn({ err: error }, 'months of the ledger not made'));
  closing.defer(() => stopPartitions?.());
  const kept = closing.move();
  return {
    database,
    keys: new KeyStores({
      own: [ring],
      last: databaseKeys ?? ring,
      environments: config.auth.environments,
    }),
    limiter: limits.limiter,
    outputEstimate: new OutputEstimate(),
    ledger,
    usage: database && new UsageQueries(database),
    databaseProblem: () => problem,
    hasKeys: () => databaseKeys === null || ring.size > 0 || Number.isFinite(databaseKeys.stats().ageMs),
    onRevoked: (listener) => databaseKeys?.onRevoked(listener),
    reload: (next) => {
      ring.replace(next.keys, next.peppers);
      databaseKeys?.usePeppers(next.peppers);
    },
    reading: () => ({
      limits: limits.reading(),
      ledger: ledger?.stats() ?? null,
      keys: databaseKeys?.stats() ?? null,
    }),
    close: async () => {
      const deadline = AbortSignal.timeout(CLOSE_MS);
      await limits.limiter.flush(deadline);
      if (ledger && !(await ledger.drain(deadline)))
        logger.warn(ledger.stats(), 'rows are left in the outbox; the next start delivers them');
      await kept.disposeAsync();
    },
  };
}

/**
 * The embedded database belongs to this process, which migrates it; PostgreSQL is migrated by `ropeway migrate`, and one that is
 * away now has its schema looked at once it is back, before anything else.
 */
async function openChecked(
  options: NonNullable<RopewayConfig['database']>,
  logger: Logger,
  log: (event: DatabaseEvent) => void,
): Promise<Database> {
  const signal = openingDeadline();
  await using closing = new AsyncDisposableStack();
  const database = await openDatabase(options, { signal, log, refusesOtherSchemas: true });
  closing.defer(() => database.close());
  if (options.kind === 'embedded') await migrate(database, { signal });
  const check = await checkSchema(database).catch((error: unknown) => {
    if (options.kind === 'embedded' || error instanceof DatabaseProblem) throw error;
    logger.error({ err: error }, 'the database is away: keys last known go on, usage waits in the outbox');
    return null;
  });
  if (check && !check.ok) throw new Error(check.message);
  closing.move();
  return database;
}

async function openKeys(database: Database, config: RopewayConfig, logger: Logger): Promise<DatabaseKeys> {
  const { cachedKeys, lookupTimeoutMs, offlineHours, snapshotFile } = config.auth;
  const keys = new DatabaseKeys(
    { database, tell: (event) => logKeysEvent(event, logger) },
    { peppers: config.peppers, cachedKeys, lookupTimeoutMs, offlineHours, snapshotFile },
  );
  await using closing = new AsyncDisposableStack();
  closing.defer(() => keys.close());
  await keys.start();
  closing.move();
  return keys;
}

async function openLedger(
  database: Database,
  { ledger, redis }: RopewayConfig,
  logger: Logger,
): Promise<OpenLedger> {
  const { outbox, maxRows, handover } = ledger;
  const most = database.kind === 'embedded' ? EMBEDDED_BATCH_ROWS : Number.POSITIVE_INFINITY;
  const batchRows = Math.min(ledger.batchRows, most);
  await using closing = new AsyncDisposableStack();
  const shared = handover && redis ? connectRedis(redis, (err) => logger.debug({ err }, 'Redis')) : null;
  closing.defer(() => shared?.disconnect());
  const opened = await OutboxLedger.start(
    { folder: outbox, maxRows, batchRows },
    {
      sink: new DatabaseSink(database),
      handover: shared && redis ? new RedisHandover(shared, `${redis.keyPrefix}ledger`) : null,
      onEvent: (event) => logLedgerEvent(event, logger),
    },
  );
  closing.defer(() => opened.close());
  const kept = closing.move();
  return { ledger: opened, close: () => kept.disposeAsync() };
}

interface OpenLedger {
  readonly ledger: Ledger;
  close(): Promise<void>;
}
