// `ropeway config …`: what can be said of a configuration without starting anything.
import type { Command } from 'commander';
import { ConfigError, loadConfig, type RopewayConfig } from '#config';
import { CommandFailed, type Terminal } from '../terminal.ts';

export function addConfigCommands(program: Command, terminal: Terminal): void {
  const config = program.command('config').description('Configuration files.');
  config
    .command('check')
    .argument('<file>', 'the configuration file')
    .description('Check a file, the environment over it and the secrets it names; list every problem.')
    .action((file: string) => terminal.out(checked(file)));
}

function checked(file: string): string {
  try {
    return `${file} is good: ${summary(loadConfig({ file }))}.`;
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandFailed(error.message);
    throw error;
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
