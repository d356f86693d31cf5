// What the state tells of itself, as log lines an operator can act on. Each kind once, with its level.
import type { Logger } from 'pino';
import type { DatabaseEvent } from '#database';
import { explainDiskShort, type LedgerEvent } from '#ledger';
import type { KeysEvent } from '#tenancy';

export function logDatabaseEvent(event: DatabaseEvent, logger: Logger): void {
  const { kind, ...fields } = event;
  switch (event.kind) {
    case 'connection_lost':
      logger.warn(fields, 'database connection lost');
      return;
    case 'listener_lost':
      logger.warn(fields, 'database listener lost');
      return;
    case 'schema_refused':
      logger.error(event.message);
      return;
    case 'schema_fits':
      logger.info({ schema: event.version }, 'the schema of the database is one of ours');
  }
}

export function logLedgerEvent(event: LedgerEvent, logger: Logger): void {
  switch (event.kind) {
    case 'recovered':
      logger.warn({ rows: event.rows }, 'answers cut off by the last end of this process were recorded');
      return;
    case 'adopted':
      logger.info({ rows: event.rows }, 'the outbox of a process that is gone was taken over');
      return;
    case 'disk-back':
      logger.info('the outbox can be written again');
      return;
    case 'disk-short':
      logger.error(
        { free_bytes: event.short.freeBytes, needed_bytes: event.short.neededBytes },
        explainDiskShort(event.short),
      );
      return;
    case 'disk-roomy':
      logger.info('the disk of the outbox has room again: new requests are taken');
      return;
    case 'sink-back':
      logger.info('usage is delivered to the database again');
      return;
    case 'disk-failing':
      logger.error({ err: event.error }, 'the outbox cannot be written: new requests are refused');
      return;
    case 'sink-away':
      logger.error({ err: event.error }, 'usage waits in the outbox: the database does not take it');
      return;
    case 'row-refused':
      logger.error({ err: event.error }, 'the database refused a row for good; it is kept in the outbox');
      return;
    case 'orphan-damaged':
      logger.error({ err: event.error }, 'an outbox left behind cannot be read');
      return;
    case 'rows-unwritten':
      logger.fatal({ err: event.error, rows: event.rows }, 'rows of the ledger could not be brought to disk');
  }
}

export function logKeysEvent(event: KeysEvent, logger: Logger): void {
  switch (event.kind) {
    case 'database-away':
      logger.error(
        { err: event.error },
        'the database is away: keys last known go on, strict tenants are refused',
      );
      return;
    case 'database-back':
      logger.info({ away_ms: event.awayMs }, 'the database is back');
      return;
    case 'push-lost':
      logger.warn({ err: event.error }, 'revocations come by the poll alone');
      return;
    case 'pepper-missing':
      logger.error(
        { key_id: event.keyId, pepper_version: event.pepperVersion },
        'a key cannot be proven: its pepper is not in the configuration',
      );
      return;
    case 'snapshot-read':
      logger.info({ keys: event.keys, age_ms: event.ageMs }, 'keys known before the start');
      return;
    case 'snapshot-refused':
      logger.warn({ reason: event.reason }, 'the snapshot of keys was not used');
      return;
    case 'snapshot-failed':
      logger.error({ err: event.error }, 'the snapshot of keys cannot be written');
      return;
    case 'upkeep-failed':
      logger.warn({ err: event.error }, 'dates of last use could not be written; they are tried again');
  }
}
