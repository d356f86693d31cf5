// The scaler as a process: `npm run scaler -- --config FILE`, with the configuration file of the gateways.
import { Command } from 'commander';
import { explainStartError, version } from '#config';
import { runScaler } from './start/run-scaler.ts';

const program = new Command('scaler')
  .description('Tells KEDA how many workers each pool needs.')
  .version(version)
  .option(
    '-c, --config <file>',
    'YAML file (docs/configuration.md); without it, ROPEWAY_* variables say everything',
  )
  .action(async ({ config }: { config?: string }) => {
    process.exit(await runScaler(config));
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explainStartError(error)}\n`);
  process.exit(1);
}
