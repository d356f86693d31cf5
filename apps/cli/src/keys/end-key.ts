// `ropeway key rotate` and `ropeway key revoke`: the two ways a key ends before its time.
import { type Command, Option } from 'commander';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { keyAnswer, understood } from '../admin/answers.ts';
import { seconds } from '../options/parse-values.ts';
import { confirm } from '../output/confirm.ts';
import { examples } from '../output/examples.ts';
import { print } from '../output/print.ts';
import { durationText } from '../output/words.ts';
import { type Terminal, WrongUsage } from '../terminal.ts';
import { keyPath } from './key-fields.ts';
import { showNewKey } from './show-new-key.ts';

interface RotateOptions extends AdminOptions {
  readonly overlap: number;
}

export function addEndKey(key: Command, terminal: Terminal): void {
  const rotate = key.command('rotate').argument('<id>', 'the key that is to go');
  rotate.addOption(
    new Option('--overlap <time>', 'how long the old key goes on, 0 to 7d')
      .argParser(seconds)
      .default(86_400, '24h'),
  );
  addAdminOptions(rotate)
    .description(
      'Make a new key with the same rights, limits and budgets; the old one ends after the overlap.',
    )
    .addHelpText('after', EXAMPLES)
    .action((id: string, options: RotateOptions) => rotateKey(id, options, terminal));
  addAdminOptions(key.command('revoke').argument('<id>', 'the key').option('--yes', 'do not ask'))
    .description('End a key for good, within a second on every gateway; its running answers are cut.')
    .addHelpText('after', REVOKE_EXAMPLES)
    .action((id: string, options: AdminOptions & { yes?: boolean }) => revoke(id, options, terminal));
}

const EXAMPLES = `
${examples('ropeway key rotate Xq3LfT0bZ7Rw --overlap 24h', [
  'ropeway key rotate Xq3LfT0bZ7Rw --overlap 0',
  'the old one ends now',
])}`;

const REVOKE_EXAMPLES = `
${examples('ropeway key revoke Xq3LfT0bZ7Rw', ['ropeway key revoke Xq3LfT0bZ7Rw --yes', 'in a script'])}`;

/** As `rotateKey` of the registry: longer than a week is no rotation. */
const LONGEST_OVERLAP_SECONDS = 7 * 86_400;

async function rotateKey(
  id: string,
  { overlap, ...options }: RotateOptions,
  terminal: Terminal,
): Promise<void> {
  if (overlap > LONGEST_OVERLAP_SECONDS) throw new WrongUsage('--overlap must be at most 7d');
  const body = { overlapSeconds: overlap };
  const answer = await adminClient(options, terminal).json({
    method: 'POST',
    path: `${keyPath(id)}/rotate`,
    body,
  });
  const end =
    overlap === 0 ? 'The old key has ended.' : `The old key goes on for ${durationText(overlap * 1_000)}.`;
  showNewKey(answer, options, terminal, `\n${id} was rotated. ${end}`);
}

async function revoke(
  id: string,
  options: AdminOptions & { readonly yes?: boolean },
  terminal: Terminal,
): Promise<void> {
  await confirm(terminal, options, `Revoke ${id} for good? Its running answers are cut.`);
  const answer = await adminClient(options, terminal).json({ method: 'POST', path: `${keyPath(id)}/revoke` });
  print(terminal, options, understood(keyAnswer, answer), () => `revoked key ${id}`);
}
