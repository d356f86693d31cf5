import { expect, it } from '@jest/globals';
import { boundsOf } from './bounds-of.ts';

type Config = Parameters<typeof boundsOf>[0];
type Database = Parameters<typeof boundsOf>[1]['database'];

const config = {
  waiting: { maxWaitMs: 120_000 },
  ledger: { maxRows: 5_000 },
  auth: { offlineHours: 12 },
} as Config;

it('gives the bounds of the configuration, in milliseconds', () => {
  expect(boundsOf(config, { database: {} as Database })).toEqual({
    maxWaitMs: 120_000,
    ledgerMaxRows: 5_000,
    keysOfflineMs: 43_200_000,
  });
});

it('has none of a ledger and of keys offline without a database', () => {
  expect(boundsOf(config, { database: null })).toMatchObject({ ledgerMaxRows: null, keysOfflineMs: null });
});
