// `ropeway migrate`: brings the tables of the database up to date. Any number of them may run at once; one works.
import type { Command } from 'commander';
import type { MigrateOptions } from '../offline/run-migrate.ts';
import { seconds } from '../options/parse-values.ts';
import { examples } from '../output/examples.ts';
import type { Terminal } from '../terminal.ts';

export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('Bring the tables of the database up to date; several at once are safe.')
    .option('--config <file>', 'configuration whose database: section says which')
    .option('--database-url-env <name>', 'environment variable with the URL (default: ROPEWAY_DATABASE_URL)')
    .option('--wait <time>', 'wait for a database that does not answer yet, as in 60s', seconds)
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: MigrateOptions) => {
      const { runMigrate } = await import('../offline/run-migrate.ts');
      await runMigrate(options, terminal);
    });
}

const EXAMPLES = `
${examples(
  'ROPEWAY_DATABASE_URL=postgres://ropeway@db/ropeway ropeway migrate',
  'ropeway migrate --config ropeway.yaml --wait 60s',
  'ropeway migrate --database-url-env PGURL --json',
)}`;
