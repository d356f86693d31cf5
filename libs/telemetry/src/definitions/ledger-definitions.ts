// Rows of the ledger on their way to the database.
import type { MetricDefinition } from './metric-definition.ts';

export const LEDGER_DEFINITIONS = {
  ledgerWaiting: {
    name: 'ropeway_ledger_waiting_rows',
    type: 'gauge',
    unit: 'count',
    help: 'Rows of the ledger on this gateway, not yet in the database.',
    labels: [],
    whenWrong: 'It grows: the database is away or too slow. At ledger.maxRows new requests get 503.',
  },
  ledgerMaxRows: {
    name: 'ropeway_ledger_max_rows',
    type: 'gauge',
    unit: 'count',
    help: 'ledger.maxRows: so many rows may wait for the database. Absent without a database.',
    labels: [],
    whenWrong: 'Too small for your longest outage of the database, by the request rate.',
  },
  ledgerOpen: {
    name: 'ropeway_ledger_open_intents',
    type: 'gauge',
    unit: 'count',
    help: 'Answers that run and have an intent in the outbox.',
    labels: [],
    whenWrong: 'Far above ropeway_requests_in_flight: a bug; report it.',
  },
  ledgerFull: {
    name: 'ropeway_ledger_full',
    type: 'gauge',
    unit: 'state',
    help: '1 while the outbox takes no more and new requests get 503 ledger_full.',
    labels: [],
    whenWrong: 'Bring the database back, or give the outbox disk space.',
  },
  ledgerDatabaseAway: {
    name: 'ropeway_ledger_database_away',
    type: 'gauge',
    unit: 'state',
    help: '1 while rows cannot be delivered to the database.',
    labels: [],
    whenWrong: 'See the log for the error; rows wait in the outbox meanwhile.',
  },
  ledgerDelivered: {
    name: 'ropeway_ledger_delivered_total',
    type: 'counter',
    unit: 'count',
    help: 'Rows delivered to the database.',
    labels: [],
    whenWrong: 'It stands still under load: the database is away.',
  },
} as const satisfies Record<string, MetricDefinition>;
