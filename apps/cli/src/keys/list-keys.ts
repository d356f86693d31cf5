// `ropeway key list` and `ropeway key show`.
import { type Command, Option } from 'commander';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { allPages } from '../admin/all-pages.ts';
import { type KeyAnswer, keyAnswer, understood } from '../admin/answers.ts';
import { examples } from '../output/examples.ts';
import { print } from '../output/print.ts';
import { fieldTable, textTable } from '../output/text-table.ts';
import { momentText } from '../output/words.ts';
import type { Terminal } from '../terminal.ts';
import { keyFields, keyPath } from './key-fields.ts';

interface ListOptions extends AdminOptions {
  readonly tenant?: string;
  readonly state?: string;
}

export function addListKeys(key: Command, terminal: Terminal): void {
  const list = key.command('list').option('--tenant <id>', 'only keys of this tenant');
  list.addOption(
    new Option('--state <state>', 'only keys in this state').choices(['active', 'expired', 'revoked']),
  );
  addAdminOptions(list)
    .description('List keys.')
    .addHelpText('after', LIST_EXAMPLES)
    .action((options: ListOptions) => listKeys(options, terminal));
  addAdminOptions(key.command('show').argument('<id>', 'the middle part of the key: rw_live_<id>_…'))
    .description('Show all of a key but its secret, which nobody has.')
    .addHelpText('after', SHOW_EXAMPLES)
    .action((id: string, options: AdminOptions) => showKey(id, options, terminal));
}

const LIST_EXAMPLES = `
${examples('ropeway key list --tenant acme --state active', 'ropeway key list --state expired --json')}`;

const SHOW_EXAMPLES = `
${examples('ropeway key show Xq3LfT0bZ7Rw')}`;

async function listKeys({ tenant, state, ...options }: ListOptions, terminal: Terminal): Promise<void> {
  const client = adminClient(options, terminal);
  const keys = await allPages(client, { path: '/admin/keys', query: { tenant, state }, item: keyAnswer });
  print(terminal, options, keys, () => {
    if (keys.length === 0) return 'no such keys: ropeway key create --tenant <id>';
    return textTable(terminal, COLUMNS, keys);
  });
}

const COLUMNS = [
  { title: 'KEY', cell: ({ id }: KeyAnswer) => id },
  { title: 'TENANT', cell: ({ tenant }: KeyAnswer) => tenant, mayWrap: true },
  { title: 'NAME', cell: ({ name }: KeyAnswer) => name, mayWrap: true },
  { title: 'ENV', cell: ({ environment }: KeyAnswer) => environment },
  { title: 'STATE', cell: ({ state }: KeyAnswer) => state },
  { title: 'LAST USED', cell: ({ lastUsedAt }: KeyAnswer) => momentText(lastUsedAt).slice(0, 16) },
  { title: 'EXPIRES', cell: ({ expiresAt }: KeyAnswer) => momentText(expiresAt).slice(0, 10) },
];

async function showKey(id: string, options: AdminOptions, terminal: Terminal): Promise<void> {
  const answer = await adminClient(options, terminal).json({ method: 'GET', path: keyPath(id) });
  const key = understood(keyAnswer, answer);
  print(terminal, options, key, () => fieldTable(terminal, keyFields(key)));
}
