// Keys of the database, and what goes on without it.
import type { MetricDefinition } from './metric-definition.ts';

export const KEY_DEFINITIONS = {
  keysAge: {
    name: 'ropeway_keys_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since the database last confirmed the keys in memory.',
    labels: [],
    whenWrong:
      'Above 15 s the database is away: known keys go on for auth.offlineHours, strict tenants get 503.',
  },
  keysOfflineMax: {
    name: 'ropeway_keys_offline_max_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'auth.offlineHours: known keys go on for so long while the database is away. Absent without a database.',
    labels: [],
    whenWrong: 'Shorter than your longest outage of the database: then every key gets 503.',
  },
  keyLookups: {
    name: 'ropeway_key_lookups_total',
    type: 'counter',
    unit: 'count',
    help: 'Keys looked up in the database.',
    labels: [],
    whenWrong: 'Near the request rate: auth.cachedKeys is too small, or somebody tries keys.',
  },
  keysOffline: {
    name: 'ropeway_keys_offline_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests let in on what was last known of their key, the database being away.',
    labels: [],
    whenWrong: 'Bring the database back.',
  },
  answersCut: {
    name: 'ropeway_answers_cut_total',
    type: 'counter',
    unit: 'count',
    help: 'Running answers ended because their key was revoked or their budget used up.',
    labels: [],
    whenWrong: 'Expected after a revocation; else look at the budgets of prepaid tenants.',
  },
} as const satisfies Record<string, MetricDefinition>;
