// The admin API as a process: `npm run control -- --config FILE`, with the configuration file of the gateways.
import { Command, Option } from 'commander';
import { explainStartError, version } from '#config';
import { type AdminRole, newAdminKey } from '#tenancy';
import { adminKeyLine } from './auth/read-admin-keys.ts';
import { runControl } from './start/run-control.ts';

const program = new Command('control')
  .description('The admin API of Ropeway: tenants, plans, keys, usage.')
  .version(version)
  .option(
    '-c, --config <file>',
    'YAML file (docs/configuration.md); without it, ROPEWAY_* variables say everything',
  )
  .action(async ({ config }: { config?: string }) => {
    process.exit(await runControl(config));
  });

program
  .command('new-key')
  .description('Prints a new admin key, and below it the line that makes it known in the file of admin keys.')
  .addOption(new Option('--role <role>', 'what it may do').choices(['admin', 'viewer']).default('viewer'))
  .action(({ role }: { role: AdminRole }) => {
    const { text, key } = newAdminKey(role);
    process.stdout.write(`${text}\n${adminKeyLine(key)}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explainStartError(error)}\n`);
  process.exit(1);
}
