// `ropeway plan …`: limits and scopes that tenants share.
import type { Command } from 'commander';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { type AdminClient, adminClient } from '../admin/admin-client.ts';
import { allPages } from '../admin/all-pages.ts';
import { type PlanAnswer, planAnswer, understood } from '../admin/answers.ts';
import { addLimitOptions, LIMIT_WORDS, type LimitOptions, withLimits } from '../options/limit-options.ts';
import { addScopeOptions, SCOPE_WORDS, type ScopeOptions, withScopes } from '../options/scope-options.ts';
import { confirm } from '../output/confirm.ts';
import { examples } from '../output/examples.ts';
import { print } from '../output/print.ts';
import { fieldTable, textTable } from '../output/text-table.ts';
import { grantLines, momentText } from '../output/words.ts';
import type { Terminal } from '../terminal.ts';

interface SetOptions extends AdminOptions, LimitOptions, ScopeOptions {
  readonly replace?: boolean;
}

export function addPlanCommands(program: Command, terminal: Terminal): void {
  const plan = program.command('plan').description('Plans: limits and scopes that tenants share.');
  const set = plan.command('set').argument('<name>', 'the plan');
  addScopeOptions(addLimitOptions(set)).option('--replace', 'drop what the options do not name');
  addAdminOptions(set)
    .description('Create a plan, or change what the options name of one. Its tenants have it within seconds.')
    .addHelpText('after', SET_EXAMPLES)
    .action((name: string, options: SetOptions) => setPlan(name, options, terminal));
  addAdminOptions(plan.command('list'))
    .description('List plans.')
    .addHelpText('after', LIST_EXAMPLES)
    .action((options: AdminOptions) => list(options, terminal));
  addAdminOptions(plan.command('show').argument('<name>', 'the plan'))
    .description('Show a plan.')
    .addHelpText('after', SHOW_EXAMPLES)
    .action((name: string, options: AdminOptions) => showOne(name, options, terminal));
  addAdminOptions(plan.command('delete').argument('<name>', 'the plan').option('--yes', 'do not ask'))
    .description('Delete a plan that no tenant is on.')
    .addHelpText('after', DELETE_EXAMPLES)
    .action((name: string, options: AdminOptions & { yes?: boolean }) => remove(name, options, terminal));
}

const SET_EXAMPLES = `
${LIMIT_WORDS}
${SCOPE_WORDS}

${examples(
  'ropeway plan set standard --requests-per-minute 600',
  'ropeway plan set standard --budget month:tokens:500000000',
  'ropeway plan set free --replace --concurrent-requests 2',
)}`;

const LIST_EXAMPLES = `
${examples('ropeway plan list', "ropeway plan list --json | jq -r '.[].name'")}`;

const SHOW_EXAMPLES = `
${examples('ropeway plan show standard', 'ropeway plan show standard --json | jq .limits')}`;

const DELETE_EXAMPLES = `
${examples(['ropeway tenant list --plan free', 'who is still on it'], 'ropeway plan delete free')}`;

async function setPlan(name: string, options: SetOptions, terminal: Terminal): Promise<void> {
  const client = adminClient(options, terminal);
  const current = options.replace ? undefined : await existing(client, name);
  const body = {
    limits: withLimits(current?.limits ?? {}, options),
    scopes: withScopes(current?.scopes ?? {}, options),
  };
  const version = current === undefined ? {} : { ifVersion: current.version };
  const answer = await client.json({ method: 'PUT', path: pathOf(name), body, ...version });
  show(understood(planAnswer, answer), options, terminal, `set plan ${name}`);
}

/** Looked for in the list: a plan that is not there is no failure here. */
async function existing(client: AdminClient, name: string): Promise<PlanAnswer | undefined> {
  const plans = await allPages(client, { path: '/admin/plans', item: planAnswer });
  return plans.find((plan) => plan.name === name);
}

async function list(options: AdminOptions, terminal: Terminal): Promise<void> {
  const client = adminClient(options, terminal);
  const plans = await allPages(client, { path: '/admin/plans', item: planAnswer });
  print(terminal, options, plans, () => {
    if (plans.length === 0) return 'no plans yet: ropeway plan set <name> --requests-per-minute 600';
    return textTable(terminal, COLUMNS, plans);
  });
}

const COLUMNS = [
  { title: 'PLAN', cell: ({ name }: PlanAnswer) => name },
  { title: 'LIMITS', cell: ({ limits }: PlanAnswer) => grantLines(set(limits), 'none'), mayWrap: true },
  { title: 'SCOPES', cell: ({ scopes }: PlanAnswer) => grantLines(set(scopes), 'any'), mayWrap: true },
];

/** In a list, what restricts nothing is left out. */
function set(grant: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isSet = ([, value]: [string, unknown]) =>
    value !== null && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(grant).filter(isSet));
}

async function showOne(name: string, options: AdminOptions, terminal: Terminal): Promise<void> {
  const answer = await adminClient(options, terminal).json({ method: 'GET', path: pathOf(name) });
  show(understood(planAnswer, answer), options, terminal);
}

async function remove(
  name: string,
  options: AdminOptions & { readonly yes?: boolean },
  terminal: Terminal,
): Promise<void> {
  await confirm(terminal, options, `Delete the plan ${name}?`);
  await adminClient(options, terminal).json({ method: 'DELETE', path: pathOf(name) });
  print(terminal, options, { deleted: name }, () => `deleted plan ${name}`);
}

function show(plan: PlanAnswer, options: AdminOptions, terminal: Terminal, title?: string): void {
  print(terminal, options, plan, () => {
    const table = fieldTable(terminal, [
      ['plan', plan.name],
      ['limits', grantLines(plan.limits, 'none')],
      ['scopes', grantLines(plan.scopes, 'any')],
      ['changed', `${momentText(plan.updatedAt)} (version ${plan.version})`],
    ]);
    return title === undefined ? table : `${title}\n\n${table}`;
  });
}

function pathOf(name: string): string {
  return `/admin/plans/${encodeURIComponent(name)}`;
}
