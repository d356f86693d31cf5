// `ropeway tenant …`: who may call, on which plan, with what of its own.
import type { Command } from 'commander';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { type AdminClient, adminClient } from '../admin/admin-client.ts';
import { allPages } from '../admin/all-pages.ts';
import { type TenantAnswer, tenantAnswer, understood } from '../admin/answers.ts';
import { grantChanges } from '../options/grant-changes.ts';
import { addLimitOptions, LIMIT_WORDS, type LimitOptions } from '../options/limit-options.ts';
import { addScopeOptions, SCOPE_WORDS, type ScopeOptions } from '../options/scope-options.ts';
import { confirm } from '../output/confirm.ts';
import { examples } from '../output/examples.ts';
import { print } from '../output/print.ts';
import { fieldTable, textTable } from '../output/text-table.ts';
import { grantLines, momentText } from '../output/words.ts';
import { type Terminal, WrongUsage } from '../terminal.ts';

interface ListOptions extends AdminOptions {
  readonly plan?: string;
}

interface TenantOptions extends AdminOptions, LimitOptions, ScopeOptions {
  readonly displayName?: string;
  readonly plan?: string;
  readonly timeZone?: string;
  readonly strict?: boolean;
  readonly prepaid?: boolean;
}

export function addTenantCommands(program: Command, terminal: Terminal): void {
  const tenant = program.command('tenant').description('Tenants: who may call, and how much.');
  addTenantOptions(tenant.command('create').argument('<id>', 'lower-case letters, digits, . _ -'))
    .description('Create a tenant.')
    .addHelpText('after', CREATE_EXAMPLES)
    .action((id: string, options: TenantOptions) => create(id, options, terminal));
  addAdminOptions(tenant.command('list').option('--plan <name>', 'only tenants on this plan'))
    .description('List tenants.')
    .addHelpText('after', LIST_EXAMPLES)
    .action((options: ListOptions) => list(options, terminal));
  addAdminOptions(tenant.command('show').argument('<id>', 'the tenant'))
    .description('Show a tenant with its limits and scopes.')
    .addHelpText('after', SHOW_EXAMPLES)
    .action(async (id: string, options: AdminOptions) =>
      show(await read(adminClient(options, terminal), id), options, terminal),
    );
  addTenantOptions(tenant.command('update').argument('<id>', 'the tenant'))
    .description('Change what the options name of a tenant; the rest stays.')
    .addHelpText('after', UPDATE_EXAMPLES)
    .action((id: string, options: TenantOptions) => update(id, options, terminal));
  addAdminOptions(tenant.command('suspend').argument('<id>', 'the tenant').option('--yes', 'do not ask'))
    .description('Refuse all keys of a tenant, and cut its running answers.')
    .addHelpText('after', SUSPEND_EXAMPLES)
    .action((id: string, options: AdminOptions & { yes?: boolean }) => suspend(id, options, terminal));
  addAdminOptions(tenant.command('resume').argument('<id>', 'the tenant'))
    .description('Let a suspended tenant call again.')
    .addHelpText('after', RESUME_EXAMPLES)
    .action((id: string, options: AdminOptions) => setSuspended(id, false, options, terminal));
}

const CREATE_EXAMPLES = `
${LIMIT_WORDS}
${SCOPE_WORDS}

${examples(
  'ropeway tenant create acme --display-name "Acme Inc." --plan standard',
  'ropeway tenant create acme --budget month:tokens:500000000',
  'ropeway tenant create trial --max-window-tokens 40960 --prepaid',
)}`;

const UPDATE_EXAMPLES = `
${LIMIT_WORDS}
${SCOPE_WORDS}

${examples(
  'ropeway tenant update acme --plan large',
  'ropeway tenant update acme --requests-per-minute inherit',
)}`;

const LIST_EXAMPLES = `
${examples('ropeway tenant list --plan standard', "ropeway tenant list --json | jq -r '.[].id'")}`;

const SHOW_EXAMPLES = `
${examples('ropeway tenant show acme')}`;

const SUSPEND_EXAMPLES = `
${examples('ropeway tenant suspend acme', ['ropeway tenant suspend acme --yes', 'in a script'])}`;

const RESUME_EXAMPLES = `
${examples('ropeway tenant resume acme')}`;

function addTenantOptions(command: Command): Command {
  command
    .option('--display-name <name>', 'name for people')
    .option('--plan <name>', 'plan it is on; none takes it off')
    .option('--time-zone <zone>', 'IANA name its days and months are counted in')
    .option('--strict', 'refuse it while limits or keys cannot be checked')
    .option('--no-strict', 'serve it by what was last known then')
    .option('--prepaid', 'cut streams when a budget is used up')
    .option('--no-prepaid', 'let streams finish over budget');
  return addAdminOptions(addScopeOptions(addLimitOptions(command)));
}

async function create(id: string, options: TenantOptions, terminal: Terminal): Promise<void> {
  const body = { id, ...changes({ limits: {}, scopes: {} }, options) };
  const answer = await adminClient(options, terminal).json({ method: 'POST', path: '/admin/tenants', body });
  show(understood(tenantAnswer, answer), options, terminal, `created tenant ${id}`);
}

async function list({ plan, ...options }: ListOptions, terminal: Terminal): Promise<void> {
  const client = adminClient(options, terminal);
  const tenants = await allPages(client, { path: '/admin/tenants', query: { plan }, item: tenantAnswer });
  print(terminal, options, tenants, () => {
    if (tenants.length === 0) return 'no tenants yet: ropeway tenant create <id>';
    return textTable(terminal, COLUMNS, tenants);
  });
}

const COLUMNS = [
  { title: 'TENANT', cell: ({ id }: TenantAnswer) => id },
  { title: 'NAME', cell: ({ displayName }: TenantAnswer) => displayName, mayWrap: true },
  { title: 'PLAN', cell: ({ plan }: TenantAnswer) => plan ?? '-' },
  { title: 'STATE', cell: (tenant: TenantAnswer) => stateText(tenant) },
  { title: 'CREATED', cell: ({ createdAt }: TenantAnswer) => momentText(createdAt).slice(0, 10) },
];

/** Sends the whole of limits and scopes, made from what is there, with its version: nobody's change is lost. */
async function update(id: string, options: TenantOptions, terminal: Terminal): Promise<void> {
  const client = adminClient(options, terminal);
  const current = await read(client, id);
  const body = changes(current, options);
  if (Object.keys(body).length === 0)
    throw new WrongUsage(
      'nothing to change: name an option, as in --plan large (ropeway tenant update --help)',
    );
  show(await patched(client, current, body), options, terminal, `updated tenant ${id}`);
}

async function suspend(
  id: string,
  options: AdminOptions & { readonly yes?: boolean },
  terminal: Terminal,
): Promise<void> {
  const question = `Suspend ${id}? Its keys stop working and its running answers are cut.`;
  await confirm(terminal, options, question);
  await setSuspended(id, true, options, terminal);
}

async function setSuspended(
  id: string,
  suspended: boolean,
  options: AdminOptions,
  terminal: Terminal,
): Promise<void> {
  const client = adminClient(options, terminal);
  const title = suspended ? `suspended tenant ${id}` : `tenant ${id} may call again`;
  show(await patched(client, await read(client, id), { suspended }), options, terminal, title);
}

async function patched(
  client: AdminClient,
  { id, version }: TenantAnswer,
  body: object,
): Promise<TenantAnswer> {
  const answer = await client.json({ method: 'PATCH', path: pathOf(id), body, ifVersion: version });
  return understood(tenantAnswer, answer);
}

async function read(client: AdminClient, id: string): Promise<TenantAnswer> {
  return understood(tenantAnswer, await client.json({ method: 'GET', path: pathOf(id) }));
}

/** Only what the options name. */
function changes(
  current: Pick<TenantAnswer, 'limits' | 'scopes'>,
  options: TenantOptions,
): Record<string, unknown> {
  const { displayName, plan, timeZone, strict, prepaid } = options;
  return {
    ...(displayName === undefined ? {} : { displayName }),
    ...(plan === undefined ? {} : { plan: plan === 'none' ? null : plan }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(strict === undefined ? {} : { isStrict: strict }),
    ...(prepaid === undefined ? {} : { isPrepaid: prepaid }),
    ...grantChanges(current, options),
  };
}

function show(tenant: TenantAnswer, options: AdminOptions, terminal: Terminal, title?: string): void {
  print(terminal, options, tenant, () => {
    const table = fieldTable(terminal, [
      ['tenant', tenant.id],
      ['name', tenant.displayName],
      ['plan', tenant.plan ?? '-'],
      ['state', stateText(tenant)],
      ['time zone', tenant.timeZone],
      ['strict', yesNo(tenant.isStrict)],
      ['prepaid', yesNo(tenant.isPrepaid)],
      ['own limits', grantLines(tenant.limits, 'none')],
      ['own scopes', grantLines(tenant.scopes, 'any')],
      ['created', momentText(tenant.createdAt)],
      ['changed', `${momentText(tenant.updatedAt)} (version ${tenant.version})`],
    ]);
    return title === undefined ? table : `${title}\n\n${table}`;
  });
}

function stateText({ suspendedAt }: TenantAnswer): string {
  return suspendedAt === null ? 'active' : 'suspended';
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function pathOf(id: string): string {
  return `/admin/tenants/${encodeURIComponent(id)}`;
}
