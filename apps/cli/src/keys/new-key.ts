// `ropeway key new`: a key made offline, for a configuration file.
import type { Command } from 'commander';
import type { KeyNewOptions } from '../offline/make-key.ts';
import { wholeNumber } from '../options/parse-values.ts';
import { examples } from '../output/examples.ts';
import type { Terminal } from '../terminal.ts';

export function addNewKeyCommand(key: Command, terminal: Terminal): void {
  key
    .command('new')
    .description(
      'Make a key offline, and what a configuration file holds of it. The key itself is shown once and kept nowhere.',
    )
    .option('--test', 'a key that begins with rw_test_ instead of rw_live_')
    .option('--tenant <name>', 'tenant the key belongs to', 'default')
    .option('--requests-per-minute <count>', 'limit of the key; none when left out', wholeNumber)
    .option('--pepper-version <number>', 'version the configuration gives the pepper', wholeNumber, 1)
    .option('--new-pepper', 'make a pepper too, instead of reading ROPEWAY_PEPPER or ROPEWAY_PEPPER_FILE')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: KeyNewOptions) => {
      const { makeKey } = await import('../offline/make-key.ts');
      makeKey(options, terminal);
    });
}

const EXAMPLES = `
${examples(
  ['ropeway key new --new-pepper --tenant my-team', 'the first key, and a pepper'],
  'ROPEWAY_PEPPER_FILE=pepper ropeway key new --tenant my-team',
)}`;
