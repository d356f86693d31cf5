// `ropeway key …`: keys of callers, through the admin API; `key new` alone works offline (new-key.ts).
import { type Command, Option } from 'commander';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { allPages } from '../admin/all-pages.ts';
import { type KeyAnswer, keyAnswer, newKeyAnswer, understood } from '../admin/answers.ts';
import { grantChanges } from '../options/grant-changes.ts';
import { addLimitOptions, LIMIT_WORDS, type LimitOptions, withLimits } from '../options/limit-options.ts';
import { moment, momentOrNone, seconds } from '../options/parse-values.ts';
import { addScopeOptions, SCOPE_WORDS, type ScopeOptions, withScopes } from '../options/scope-options.ts';
import { confirm } from '../output/confirm.ts';
import { print } from '../output/print.ts';
import { fieldTable, textTable } from '../output/text-table.ts';
import { durationText, grantLines, momentText } from '../output/words.ts';
import { CommandFailed, type Terminal, WrongUsage } from '../terminal.ts';
import { addNewKeyCommand } from './new-key.ts';

interface CreateOptions extends AdminOptions, LimitOptions, ScopeOptions {
  readonly tenant: string;
  readonly name?: string;
  readonly environment?: string;
  readonly expiresAt?: string;
  readonly expiresIn?: number;
}

interface ListOptions extends AdminOptions {
  readonly tenant?: string;
  readonly state?: string;
}

interface UpdateOptions extends AdminOptions, LimitOptions, ScopeOptions {
  readonly name?: string;
  readonly expiresAt?: { readonly set: string | null };
}

interface RotateOptions extends AdminOptions {
  readonly overlap: number;
}

export function addKeyCommands(program: Command, terminal: Terminal): void {
  const key = program.command('key').description('Keys of callers.');
  addCreateOptions(key.command('create'))
    .description('Create a key of a tenant. The key itself is shown once and kept nowhere.')
    .addHelpText('after', CREATE_EXAMPLES)
    .action((options: CreateOptions) => create(options, terminal));
  const list = key.command('list').option('--tenant <id>', 'only keys of this tenant');
  list.addOption(
    new Option('--state <state>', 'only keys in this state').choices(['active', 'expired', 'revoked']),
  );
  addAdminOptions(list)
    .description('List keys.')
    .action((options: ListOptions) => listKeys(options, terminal));
  addAdminOptions(key.command('show').argument('<id>', 'the middle part of the key: rw_live_<id>_…'))
    .description('Show all of a key but its secret, which nobody has.')
    .action((id: string, options: AdminOptions) => showKey(id, options, terminal));
  const update = key.command('update').argument('<id>', 'the key').option('--name <name>', 'name for people');
  update.addOption(
    new Option('--expires-at <moment>', 'end of its life; none takes it away').argParser(momentOrNone),
  );
  addAdminOptions(addScopeOptions(addLimitOptions(update)))
    .description('Change what the options name of a key; the rest stays.')
    .addHelpText('after', UPDATE_EXAMPLES)
    .action((id: string, options: UpdateOptions) => updateKey(id, options, terminal));
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
    .addHelpText('after', ROTATE_EXAMPLES)
    .action((id: string, options: RotateOptions) => rotateKey(id, options, terminal));
  addAdminOptions(key.command('revoke').argument('<id>', 'the key').option('--yes', 'do not ask'))
    .description('End a key for good, within a second on every gateway; its running answers are cut.')
    .action((id: string, options: AdminOptions & { yes?: boolean }) => revoke(id, options, terminal));
  addNewKeyCommand(key, terminal);
}

const CREATE_EXAMPLES = `
${LIMIT_WORDS}
${SCOPE_WORDS}

Examples:
  $ ropeway key create --tenant acme --name ci --expires-in 90d
  $ ropeway key create --tenant acme --models qwq-32b --cidrs 10.0.0.0/8
  $ ropeway key create --tenant acme --json | jq -r .key > acme.key`;

const UPDATE_EXAMPLES = `
${LIMIT_WORDS}
${SCOPE_WORDS}

Examples:
  $ ropeway key update Xq3LfT0bZ7Rw --requests-per-minute 60
  $ ropeway key update Xq3LfT0bZ7Rw --expires-at none --cidrs any`;

const ROTATE_EXAMPLES = `
Examples:
  $ ropeway key rotate Xq3LfT0bZ7Rw --overlap 24h
  $ ropeway key rotate Xq3LfT0bZ7Rw --overlap 0   the old one ends now`;

function addCreateOptions(command: Command): Command {
  command
    .requiredOption('--tenant <id>', 'tenant it belongs to')
    .option('--name <name>', 'name for people, and for tenants.yaml to find it by')
    .addOption(new Option('--environment <name>', 'rw_live_… or rw_test_…').choices(['live', 'test']))
    .addOption(new Option('--expires-at <moment>', 'end of its life, as in 2027-01-31').argParser(moment))
    .addOption(
      new Option('--expires-in <time>', 'the same from now on, as in 90d')
        .argParser(seconds)
        .conflicts('expiresAt'),
    );
  return addAdminOptions(addScopeOptions(addLimitOptions(command)));
}

async function create(options: CreateOptions, terminal: Terminal): Promise<void> {
  const limits = withLimits({}, options);
  const scopes = withScopes({}, options);
  const expiresAt = expiryOf(options);
  const body = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(Object.keys(scopes).length === 0 ? {} : { scopes }),
  };
  const path = `/admin/tenants/${encodeURIComponent(options.tenant)}/keys`;
  showNew(await adminClient(options, terminal).json({ method: 'POST', path, body }), options, terminal, '');
}

function expiryOf({ expiresAt, expiresIn }: CreateOptions): string | undefined {
  if (expiresIn !== undefined) return new Date(Date.now() + expiresIn * 1_000).toISOString();
  return expiresAt;
}

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
  const answer = await adminClient(options, terminal).json({ method: 'GET', path: pathOf(id) });
  const key = understood(keyAnswer, answer);
  print(terminal, options, key, () => fieldTable(terminal, fieldsOf(key)));
}

/** Sends the whole of limits and scopes, made from what is there, with its version: nobody's change is lost. */
async function updateKey(id: string, options: UpdateOptions, terminal: Terminal): Promise<void> {
  const client = adminClient(options, terminal);
  const current = understood(keyAnswer, await client.json({ method: 'GET', path: pathOf(id) }));
  const { name, expiresAt } = options;
  const body = {
    ...(name === undefined ? {} : { name }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.set }),
    ...grantChanges(current, options),
  };
  if (Object.keys(body).length === 0)
    throw new WrongUsage('nothing to change: name an option (ropeway key update --help)');
  const ask = { method: 'PATCH', path: pathOf(id), body, ifVersion: current.version } as const;
  const key = understood(keyAnswer, await client.json(ask));
  print(terminal, options, key, () => `updated key ${id}\n\n${fieldTable(terminal, fieldsOf(key))}`);
}

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
    path: `${pathOf(id)}/rotate`,
    body,
  });
  const end =
    overlap === 0 ? 'The old key has ended.' : `The old key goes on for ${durationText(overlap * 1_000)}.`;
  showNew(answer, options, terminal, `\n${id} was rotated. ${end}`);
}

async function revoke(
  id: string,
  options: AdminOptions & { readonly yes?: boolean },
  terminal: Terminal,
): Promise<void> {
  await confirm(terminal, options, `Revoke ${id} for good? Its running answers are cut.`);
  const answer = await adminClient(options, terminal).json({ method: 'POST', path: `${pathOf(id)}/revoke` });
  print(terminal, options, understood(keyAnswer, answer), () => `revoked key ${id}`);
}

/** The one place a key's text comes out. */
function showNew(answer: unknown, options: AdminOptions, terminal: Terminal, remark: string): void {
  const { key: text, ...key } = understood(newKeyAnswer, answer);
  const { id, ...rest } = key;
  if (text === null)
    throw new CommandFailed(
      `the key ${id} was made, but the answer with its text got lost: revoke it (ropeway key revoke ${id}) and make another`,
    );
  print(terminal, options, { id, key: text, ...rest }, () => {
    const fields = fieldTable(terminal, fieldsOf(key));
    return `The key. It is shown only now:\n  ${text}\n${remark}\n${fields}`;
  });
}

function fieldsOf(key: KeyAnswer): readonly (readonly [string, string])[] {
  return [
    ['id', key.id],
    ['tenant', key.tenant],
    ['name', key.name || '-'],
    ['environment', key.environment],
    ['state', key.state],
    ['expires', momentText(key.expiresAt, 'never')],
    ['last used', momentText(key.lastUsedAt, 'never')],
    ...(key.revokedAt === null ? [] : [['revoked', momentText(key.revokedAt)] as const]),
    ...(key.lineage === key.id ? [] : [['rotated from', key.lineage] as const]),
    ...(key.replacedBy === null ? [] : [['rotated to', key.replacedBy] as const]),
    ['own limits', grantLines(key.limits, 'none')],
    ['own scopes', grantLines(key.scopes, 'any')],
    ['created', momentText(key.createdAt)],
  ];
}

function pathOf(id: string): string {
  return `/admin/keys/${encodeURIComponent(id)}`;
}
