// `ropeway bootstrap`: the Job of an installation in Kubernetes.
import { type Command, InvalidArgumentError } from 'commander';
import type { BootstrapOptions } from '../bootstrap/run-bootstrap.ts';
import { seconds } from '../options/parse-values.ts';
import { examples } from '../output/examples.ts';
import type { Terminal } from '../terminal.ts';

const WAIT_SECONDS = 120;

export function addBootstrapCommand(program: Command, terminal: Terminal): void {
  program
    .command('bootstrap')
    .description(
      'In Kubernetes: migrate the database, and make pepper, admin key and first key as Secrets. Changes none that is there.',
    )
    .option('--pepper-secret <name>', 'Secret of the peppers, one key a version', 'ropeway-pepper')
    .option('--admin-secret <name>', 'Secret of the admin key (admin-key)', 'ropeway-admin')
    .option('--key-secret <name>', 'Secret of the first key (api-key)', 'ropeway-key')
    .option('--tenant <id>', 'tenant of the first key', 'default')
    .option('--namespace <name>', 'where the Secrets are (default: that of the ServiceAccount)')
    .option('--kubeconfig <file>', 'for a run outside the cluster')
    .option('--label <name=value>', 'label of Secrets it makes; repeat for several', label)
    .option('--database-url-env <name>', 'environment variable with the URL (default: ROPEWAY_DATABASE_URL)')
    .option('--database-secret <name>', 'bundled PostgreSQL: Secret of its password and URL')
    .option('--database-host <host:port>', 'bundled PostgreSQL: where it is')
    .option('--redis-secret <name>', 'bundled Redis: Secret of its password')
    .option('--wait <time>', 'wait for a database or API server that is away (default: 2m)', seconds)
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Omit<BootstrapOptions, 'wait'> & { readonly wait?: number }) => {
      const { runBootstrap } = await import('../bootstrap/run-bootstrap.ts');
      await runBootstrap({ ...options, wait: options.wait ?? WAIT_SECONDS }, terminal);
    });
}

const EXAMPLES = `
Needs the verbs get and create on secrets. Safe again, and several at once.

${examples(
  'ROPEWAY_DATABASE_URL=postgres://ropeway@db/ropeway ropeway bootstrap',
  'ropeway bootstrap --key-secret acme-first-key --tenant acme --wait 5m --json',
  'ropeway bootstrap --kubeconfig ~/.kube/config --namespace ropeway',
)}`;

type Labels = Readonly<Record<string, string>>;

/** `app.kubernetes.io/instance=main`; Kubernetes has the last word on what a label may be. */
function label(text: string, others: Labels = {}): Labels {
  const [, name, value] = /^([A-Za-z0-9][A-Za-z0-9._/-]*)=([A-Za-z0-9._-]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It must be name=value, as in app.kubernetes.io/instance=main.');
  return { ...others, [name]: value };
}
