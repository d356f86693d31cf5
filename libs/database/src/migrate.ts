// Brings the schema up to date: step by step, each in a transaction of its own. Any number of processes may start at once;
// one works, the others wait and find nothing left to do.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';
import { ensurePartitions } from './ledger-partitions.ts';
import { MIGRATION_STEPS, type MigrationStep } from './migration-steps.ts';
import type { Schema } from './schema.ts';

export interface AppliedStep {
  readonly version: number;
  readonly name: string;
  readonly tookMs: number;
}

interface MigrateTerms {
  /** Gives up between steps and while another process works; what is done stays done. */
  readonly signal: AbortSignal;
  readonly onStep?: (step: AppliedStep) => void;
  /** For tests of steps to come. */
  readonly steps?: readonly MigrationStep[];
}

/** Any number will do, as long as nobody else of this database uses it: the first letters of "ropeway" on a telephone. */
const LOCK = 7_673_929;
/** While another process migrates, or while a statement in flight holds a table. */
const ASK_AGAIN_MS = 200;
/** A step waiting for a table makes everybody behind it wait as well: better to let them pass, and try again. */
const LOCK_TIMEOUT_MS = 3_000;
const LOCK_NOT_AVAILABLE = '55P03';
/** Months of the ledger made ahead; `ensurePartitions` goes on from there. */
const MONTHS_AHEAD = 3;

/**
 * The steps this call applied; none when the schema was up to date, or newer. Rejects as the database does. Steps run under
 * the bound of the database's statements: open it with `statementTimeoutMs: 0` where tables may be large.
 */
export async function migrate(database: Database, terms: MigrateTerms): Promise<readonly AppliedStep[]> {
  const steps = terms.steps ?? MIGRATION_STEPS;
  const applied: AppliedStep[] = [];
  for (;;) {
    terms.signal.throwIfAborted();
    const done = await nextStep(database, steps);
    if (done === 'up to date') break;
    if (done === 'busy') {
      await sleep(ASK_AGAIN_MS, null, { signal: terms.signal });
      continue;
    }
    applied.push(done);
    terms.onStep?.(done);
  }
  await ensurePartitions(database, MONTHS_AHEAD);
  return applied;
}

type Step = AppliedStep | 'busy' | 'up to date';

async function nextStep(database: Database, steps: readonly MigrationStep[]): Promise<Step> {
  try {
    return await database.sql.transaction().execute((trx) => tryStep(trx, steps));
  } catch (error) {
    if (codeOf(error) === LOCK_NOT_AVAILABLE) return 'busy';
    throw error;
  }
}

async function tryStep(trx: Kysely<Schema>, steps: readonly MigrationStep[]): Promise<Step> {
  if (!(await takeLock(trx))) return 'busy';
  await sql`CREATE TABLE IF NOT EXISTS schema_info (
    version integer PRIMARY KEY CHECK (version > 0),
    min_app_version integer NOT NULL CHECK (min_app_version > 0),
    applied_at timestamptz(3) NOT NULL DEFAULT now()
  )`.execute(trx);
  const newest = await trx
    .selectFrom('schema_info')
    .select((row) => row.fn.max('version').as('version'))
    .executeTakeFirst();
  const step = steps.find(({ version }) => version > (newest?.version ?? 0));
  if (step === undefined) return 'up to date';
  const startMs = performance.now();
  await step.up(trx);
  const { version, name, minAppVersion } = step;
  await trx.insertInto('schema_info').values({ version, min_app_version: minAppVersion }).execute();
  return { version, name, tookMs: Math.round(performance.now() - startMs) };
}

/** Asked for, not waited for: a wait inside the database can't be given up and is ended by the statement's deadline. */
async function takeLock(trx: Kysely<Schema>): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    SELECT set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true),
      set_config('client_min_messages', 'warning', true),
      pg_try_advisory_xact_lock(${sql.lit(LOCK)}) AS taken`.execute(trx);
  return rows[0]?.taken === true;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
