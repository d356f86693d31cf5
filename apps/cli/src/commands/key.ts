// `ropeway key …`: keys of callers, through the admin API; `key new` alone works offline.
import type { Command } from 'commander';
import { addCreateKey } from '../keys/create-key.ts';
import { addEndKey } from '../keys/end-key.ts';
import { addListKeys } from '../keys/list-keys.ts';
import { addNewKeyCommand } from '../keys/new-key.ts';
import { addUpdateKey } from '../keys/update-key.ts';
import type { Terminal } from '../terminal.ts';

export function addKeyCommands(program: Command, terminal: Terminal): void {
  const key = program.command('key').description('Keys of callers.');
  addCreateKey(key, terminal);
  addListKeys(key, terminal);
  addUpdateKey(key, terminal);
  addEndKey(key, terminal);
  addNewKeyCommand(key, terminal);
}
