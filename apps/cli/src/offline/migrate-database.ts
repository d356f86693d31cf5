// Opens a database and brings its tables up to date, saying what goes on: for `ropeway migrate` and `ropeway bootstrap`.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AppliedStep,
  checkSchema,
  type Database,
  type DatabaseOptions,
  DatabaseProblem,
  migrate,
  openDatabase,
} from '#database';
import { reasonText } from '../doctor/reason-text.ts';
import { databaseName } from '../options/database-choice.ts';
import { withProgress } from '../output/progress.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';

interface MigrateTerms {
  /** A database that does not answer yet is asked again for so long. */
  readonly waitMs: number;
  readonly terminal: Pick<Terminal, 'progress'>;
  readonly onStep: (step: AppliedStep) => void;
}

export interface Migrated {
  readonly version: number;
  readonly applied: readonly AppliedStep[];
}

/** A step over a large ledger takes minutes; whoever waits for another process's step should not wait for ever. */
const LONGEST_MS = 1_800_000;
const ASK_AGAIN_MS = 1_000;

/** Gives what `work` gives. Closes the database whatever happens. */
export async function withMigratedDatabase<T>(
  choice: DatabaseOptions,
  terms: MigrateTerms,
  work: (database: Database, migrated: Migrated) => Promise<T>,
): Promise<T> {
  const name = databaseName(choice);
  const database = await opened(choice, name);
  try {
    const migrated = await migrateOpen(database, name, terms);
    return await work(database, migrated);
  } finally {
    await database.close();
  }
}

async function migrateOpen(
  database: Database,
  name: string,
  { waitMs, terminal, onStep }: MigrateTerms,
): Promise<Migrated> {
  try {
    const version = await withProgress(terminal, `waiting for ${name}`, () =>
      answering(database, name, waitMs),
    );
    const applied = await withProgress(terminal, `changing the tables of ${name}`, () =>
      migrate(database, { signal: AbortSignal.timeout(LONGEST_MS), onStep }),
    );
    return { version: applied.at(-1)?.version ?? version, applied };
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(
      `the tables of ${name} could not be changed: ${reasonText(error)}; the steps above stay done, run it again`,
    );
  }
}

async function opened(choice: DatabaseOptions, name: string): Promise<Database> {
  try {
    return await openDatabase(choice, { signal: AbortSignal.timeout(LONGEST_MS) });
  } catch (error) {
    if (error instanceof DatabaseProblem) throw new CommandFailed(error.message);
    throw new CommandFailed(`${name} cannot be opened: ${reasonText(error)}`);
  }
}

/** The schema it has now. Asks again for as long as the caller is willing to wait. */
async function answering(database: Database, name: string, waitMs: number): Promise<number> {
  const untilMs = performance.now() + waitMs;
  for (;;) {
    try {
      const schema = await checkSchema(database);
      if (!schema.ok && schema.why === 'too_new') throw new CommandFailed(schema.message);
      return schema.version;
    } catch (error) {
      if (error instanceof CommandFailed) throw error;
      if (performance.now() >= untilMs)
        throw new CommandFailed(
          `${name} does not answer: ${reasonText(error)}; check its URL and that it runs, or give it time with --wait 60s`,
        );
      await sleep(Math.min(ASK_AGAIN_MS, waitMs));
    }
  }
}
