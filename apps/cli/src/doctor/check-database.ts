// Does the database answer, are its tables the ones this version works with, and does its clock agree with ours?
import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import { type Database, type DatabaseOptions, DatabaseProblem, openDatabase } from '#database';
import { type StoredKey, storedKey } from '../keys/stored-key.ts';
import { databaseName } from '../options/database-choice.ts';
import { checkClock } from './check-clock.ts';
import type { PepperCase } from './check-pepper.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { judgeSchema } from './judge-schema.ts';
import { reasonText } from './reason-text.ts';

const CHECK = 'database';
/** The first start of the embedded database takes two seconds; a connection that takes longer is of no use to a request. */
const TIMEOUT_MS = 10_000;

interface DatabaseSeen {
  readonly findings: readonly Finding[];
  readonly keys: Pick<PepperCase, 'usedVersions' | 'storedKey'>;
}

/** It could not be looked at. */
const UNKNOWN_KEYS: DatabaseSeen['keys'] = { usedVersions: null, storedKey: null };
/** There is no database. */
const NO_KEYS: DatabaseSeen['keys'] = { usedVersions: [], storedKey: async () => null };

/** `keyId`: the one key that is looked up for the check of the pepper. */
export async function checkDatabase(
  options: DatabaseOptions | null,
  keyId: string | null,
): Promise<DatabaseSeen> {
  if (options === null) {
    const what = 'none is configured: only keys of the configuration file, no ledger';
    return { findings: [ok(CHECK, what)], keys: NO_KEYS };
  }
  // Looking at it must not make it.
  if (options.kind === 'embedded' && !existsSync(options.folder)) {
    const missing = warn(CHECK, `${databaseName(options)} is not there yet`, 'the first start makes it');
    return { findings: [missing], keys: UNKNOWN_KEYS };
  }
  try {
    const database = await openDatabase(options, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    try {
      return await look(database, databaseName(options), keyId);
    } finally {
      await database.close();
    }
  } catch (error) {
    return { findings: [failure(error, databaseName(options))], keys: UNKNOWN_KEYS };
  }
}

async function look(database: Database, name: string, keyId: string | null): Promise<DatabaseSeen> {
  const askedMs = Date.now();
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(database.sql);
  const answeredMs = Date.now();
  const theirMs = rows[0]?.now.getTime() ?? askedMs;
  // The embedded one is this very process.
  const clock = database.kind === 'embedded' ? [] : [checkClock(CHECK, { askedMs, answeredMs, theirMs })];
  const schema = await judgeSchema(database, CHECK);
  const findings = [ok(CHECK, `${name} answers`), schema, ...clock];
  if (schema.state === 'fail') return { findings, keys: UNKNOWN_KEYS };
  return { findings, keys: await keysOf(database, keyId) };
}

/** Read now, for the database is closed when the pepper is checked. */
async function keysOf({ sql: tables }: Database, keyId: string | null): Promise<DatabaseSeen['keys']> {
  const versions = await tables
    .selectFrom('api_key')
    .select('pepper_version')
    .where('revoked_at', 'is', null)
    .distinct()
    .execute();
  const stored: StoredKey | null = keyId === null ? null : await storedKey({ sql: tables }, keyId);
  return { usedVersions: versions.map((row) => row.pepper_version), storedKey: async () => stored };
}

function failure(error: unknown, name: string): Finding {
  if (error instanceof DatabaseProblem && error.code === 'in_use')
    return ok(CHECK, `${name} is open in another process, which looked at its tables when it started`);
  if (error instanceof DatabaseProblem) return fail(CHECK, error.message, 'see docs/cli.md, doctor');
  return fail(CHECK, `${name} does not answer: ${reasonText(error)}`, mend(reasonText(error)));
}

function mend(reason: string): string {
  if (/28P01|28000|password|SCRAM/i.test(reason)) return 'check user and password of the database URL';
  if (/3D000|does not exist/.test(reason)) return 'create the database, then run `ropeway migrate`';
  if (/certificate|SSL|TLS/i.test(reason)) return 'check sslmode of the database URL, and its authority';
  return 'start it, check the URL (database.url, ROPEWAY_DATABASE_URL) and what is between (network policy, firewall)';
}
