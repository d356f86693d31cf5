// The work of `ropeway migrate`.
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
import { type DatabaseChoice, databaseName, databaseToMigrate } from '../options/database-choice.ts';
import { print } from '../output/print.ts';
import { withProgress } from '../output/progress.ts';
import { countText } from '../output/words.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';

export interface MigrateOptions extends DatabaseChoice {
  /** Seconds. */
  readonly wait?: number;
  readonly json?: boolean;
}

/** A step over a large ledger takes minutes; whoever waits for another process's step should not wait for ever. */
const LONGEST_MS = 1_800_000;
const ASK_AGAIN_MS = 1_000;

export async function runMigrate(options: MigrateOptions, terminal: Terminal): Promise<void> {
  const choice = databaseToMigrate(options, terminal.env);
  const name = databaseName(choice);
  const database = await opened(choice, name);
  try {
    const version = await withProgress(terminal, `waiting for ${name}`, () =>
      answering(database, name, (options.wait ?? 0) * 1_000),
    );
    const say = ({ version: to, name: step, tookMs }: AppliedStep) => {
      if (!options.json) terminal.out(`schema ${to}: ${step} (${countText(tookMs)} ms)`);
    };
    const applied = await withProgress(terminal, `changing the tables of ${name}`, () =>
      migrate(database, { signal: AbortSignal.timeout(LONGEST_MS), onStep: say }),
    );
    const now = applied.at(-1)?.version ?? version;
    print(terminal, options, { version: now, applied }, () => `${name} has schema ${now}: up to date`);
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(
      `the tables of ${name} could not be changed: ${reasonText(error)}; the steps above stay done, run it again`,
    );
  } finally {
    await database.close();
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
