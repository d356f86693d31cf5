// `ropeway config …`: what can be said of a configuration without starting anything.
import type { Command } from 'commander';
import { examples } from '../output/examples.ts';
import type { Terminal } from '../terminal.ts';

export function addConfigCommands(program: Command, terminal: Terminal): void {
  const config = program.command('config').description('Configuration files.');
  config
    .command('check')
    .argument('<file>', 'the configuration file')
    .description('Check a file, the environment over it and the secrets it names; list every problem.')
    .option('--json', 'print JSON: {"ok", "problems"}')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: { readonly json?: boolean }) => {
      const { checkConfig } = await import('../offline/check-config.ts');
      checkConfig(file, options, terminal);
    });
}

const EXAMPLES = `
${examples('ropeway config check ropeway.yaml')}`;
