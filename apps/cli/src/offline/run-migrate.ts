// The work of `ropeway migrate`.
import type { AppliedStep } from '#database';
import { type DatabaseChoice, databaseName, databaseToMigrate } from '../options/database-choice.ts';
import { print } from '../output/print.ts';
import { countText } from '../output/words.ts';
import type { Terminal } from '../terminal.ts';
import { withMigratedDatabase } from './migrate-database.ts';

export interface MigrateOptions extends DatabaseChoice {
  /** Seconds. */
  readonly wait?: number;
  readonly json?: boolean;
}

export async function runMigrate(options: MigrateOptions, terminal: Terminal): Promise<void> {
  const choice = databaseToMigrate(options, terminal.env);
  const onStep = (step: AppliedStep) => {
    if (!options.json) terminal.out(stepText(step));
  };
  await withMigratedDatabase(
    choice,
    { waitMs: (options.wait ?? 0) * 1_000, terminal, onStep },
    async (_, migrated) =>
      print(
        terminal,
        options,
        migrated,
        () => `${databaseName(choice)} has schema ${migrated.version}: up to date`,
      ),
  );
}

export function stepText({ version, name, tookMs }: AppliedStep): string {
  return `schema ${version}: ${name} (${countText(tookMs)} ms)`;
}
