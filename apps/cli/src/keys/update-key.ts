// `ropeway key update`.
import { type Command, Option } from 'commander';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { keyAnswer, understood } from '../admin/answers.ts';
import { grantChanges } from '../options/grant-changes.ts';
import { addLimitOptions, LIMIT_WORDS, type LimitOptions } from '../options/limit-options.ts';
import { momentOrNone } from '../options/parse-values.ts';
import { addScopeOptions, SCOPE_WORDS, type ScopeOptions } from '../options/scope-options.ts';
import { examples } from '../output/examples.ts';
import { print } from '../output/print.ts';
import { fieldTable } from '../output/text-table.ts';
import { type Terminal, WrongUsage } from '../terminal.ts';
import { keyFields, keyPath } from './key-fields.ts';

interface UpdateOptions extends AdminOptions, LimitOptions, ScopeOptions {
  readonly name?: string;
  readonly expiresAt?: { readonly set: string | null };
}

export function addUpdateKey(key: Command, terminal: Terminal): void {
  const update = key.command('update').argument('<id>', 'the key').option('--name <name>', 'name for people');
  update.addOption(
    new Option('--expires-at <moment>', 'end of its life; none takes it away').argParser(momentOrNone),
  );
  addAdminOptions(addScopeOptions(addLimitOptions(update)))
    .description('Change what the options name of a key; the rest stays.')
    .addHelpText('after', EXAMPLES)
    .action((id: string, options: UpdateOptions) => updateKey(id, options, terminal));
}

const EXAMPLES = `
${LIMIT_WORDS}
${SCOPE_WORDS}

${examples(
  'ropeway key update Xq3LfT0bZ7Rw --requests-per-minute 60',
  'ropeway key update Xq3LfT0bZ7Rw --expires-at none --cidrs any',
)}`;

/** Sends the whole of limits and scopes, made from what is there, with its version: nobody's change is lost. */
async function updateKey(id: string, options: UpdateOptions, terminal: Terminal): Promise<void> {
  const client = adminClient(options, terminal);
  const current = understood(keyAnswer, await client.json({ method: 'GET', path: keyPath(id) }));
  const { name, expiresAt } = options;
  const body = {
    ...(name === undefined ? {} : { name }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.set }),
    ...grantChanges(current, options),
  };
  if (Object.keys(body).length === 0)
    throw new WrongUsage('nothing to change: name an option (ropeway key update --help)');
  const ask = { method: 'PATCH', path: keyPath(id), body, ifVersion: current.version } as const;
  const key = understood(keyAnswer, await client.json(ask));
  print(terminal, options, key, () => `updated key ${id}\n\n${fieldTable(terminal, keyFields(key))}`);
}
