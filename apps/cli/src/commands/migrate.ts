import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';

export function addMigrateCommand(program: Command, _terminal: Terminal): void {
  program.command('migrate').description('later');
}
