// `ropeway key create`.
import { type Command, Option } from 'commander';
import { type AdminOptions, addAdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { addLimitOptions, LIMIT_WORDS, type LimitOptions, withLimits } from '../options/limit-options.ts';
import { moment, notEmpty, seconds } from '../options/parse-values.ts';
import { addScopeOptions, SCOPE_WORDS, type ScopeOptions, withScopes } from '../options/scope-options.ts';
import { examples } from '../output/examples.ts';
import type { Terminal } from '../terminal.ts';
import { showNewKey } from './show-new-key.ts';

interface CreateOptions extends AdminOptions, LimitOptions, ScopeOptions {
  readonly tenant: string;
  readonly name?: string;
  readonly environment?: string;
  readonly expiresAt?: string;
  readonly expiresIn?: number;
}

export function addCreateKey(key: Command, terminal: Terminal): void {
  addCreateOptions(key.command('create'))
    .description('Create a key of a tenant. The key itself is shown once and kept nowhere.')
    .addHelpText('after', EXAMPLES)
    .action((options: CreateOptions) => create(options, terminal));
}

const EXAMPLES = `
${LIMIT_WORDS}
${SCOPE_WORDS}

${examples(
  'ropeway key create --tenant acme --name ci --expires-in 90d',
  'ropeway key create --tenant acme --models qwq-32b --cidrs 10.0.0.0/8',
  'ropeway key create --tenant acme --json | jq -r .key > acme.key',
)}`;

function addCreateOptions(command: Command): Command {
  command
    .requiredOption('--tenant <id>', 'tenant it belongs to', notEmpty)
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
  showNewKey(
    await adminClient(options, terminal).json({ method: 'POST', path, body }),
    options,
    terminal,
    '',
  );
}

function expiryOf({ expiresAt, expiresIn }: CreateOptions): string | undefined {
  if (expiresIn !== undefined) return new Date(Date.now() + expiresIn * 1_000).toISOString();
  return expiresAt;
}
