// The ledger's months, made ahead for as long as a process runs: `migrate` makes the first ones, and a process may run for years.
import type { Database } from './database.ts';
import { ensurePartitions } from './ledger-partitions.ts';

const DAY_MS = 86_400_000;
const MONTHS_AHEAD = 3;

/**
 * Looks now and once a day. Any number of processes may. What cannot be made is told and tried again the next day; rows of a month
 * without a table go to the default partition meanwhile. Returns how to stop.
 */
export function keepPartitions(database: Database, onError: (error: unknown) => void): () => void {
  const look = (): void => void ensurePartitions(database, MONTHS_AHEAD).catch(onError);
  look();
  const timer = setInterval(look, DAY_MS).unref();
  return () => clearInterval(timer);
}
