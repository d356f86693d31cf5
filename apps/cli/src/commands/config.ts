// `ropeway config …`: what can be said of a configuration without starting anything.
import type { Command } from 'commander';
import { ConfigError, loadConfig, type RopewayConfig } from '#config';
import { print } from '../output/print.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';

export function addConfigCommands(program: Command, terminal: Terminal): void {
  const config = program.command('config').description('Configuration files.');
  config
    .command('check')
    .argument('<file>', 'the configuration file')
    .description('Check a file, the environment over it and the secrets it names; list every problem.')
    .option('--json', 'print JSON: {"ok", "problems"}')
    .addHelpText('after', EXAMPLES)
    .action((file: string, options: { readonly json?: boolean }) => check(file, options, terminal));
}

const EXAMPLES = `
Example:
  $ ropeway config check ropeway.yaml`;

function check(file: string, options: { readonly json?: boolean }, terminal: Terminal): void {
  try {
    const config = loadConfig({ file, env: terminal.env });
    print(terminal, options, { ok: true, problems: [] }, () => `${file} is good: ${summary(config)}.`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (options.json) terminal.out(JSON.stringify({ ok: false, problems: error.problems }, null, 2));
    throw new CommandFailed(error.message);
  }
}

function summary({ models, pools, keys }: RopewayConfig): string {
  const workers = pools.reduce((sum, pool) => sum + pool.workers.length, 0);
  const counts = [
    counted(models.length, 'model'),
    counted(pools.length, 'pool'),
    counted(workers, 'worker'),
    counted(keys.length, 'key'),
  ];
  return counts.join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
