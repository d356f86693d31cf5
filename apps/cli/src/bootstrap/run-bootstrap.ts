// The work of `ropeway bootstrap`.
import type { AppliedStep } from '#database';
import { type Migrated, withMigratedDatabase } from '../offline/migrate-database.ts';
import { stepText } from '../offline/run-migrate.ts';
import { databaseName, databaseToMigrate } from '../options/database-choice.ts';
import { print } from '../output/print.ts';
import { withProgress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';
import { type BootstrapNames, type Bootstrapped, bootstrap } from './bootstrap.ts';
import { type ClusterChoice, clusterAccess } from './cluster-access.ts';
import { ADMIN_KEY_ENTRY } from './ensure-admin-key.ts';
import { API_KEY_ENTRY } from './ensure-first-key.ts';
import { ensureTrialState, type TrialState } from './ensure-trial-state.ts';
import { KubernetesSecrets } from './kubernetes-secrets.ts';

export interface BootstrapOptions extends BootstrapNames, ClusterChoice, TrialState {
  readonly databaseUrlEnv?: string;
  /** Of Secrets it makes. */
  readonly label?: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly wait: number;
  readonly json?: boolean;
}

/** What was made by this command: uninstalling a chart leaves it, and this finds it. */
const OWN_LABELS = {
  'app.kubernetes.io/name': 'ropeway',
  'app.kubernetes.io/managed-by': 'ropeway-bootstrap',
};

export async function runBootstrap(options: BootstrapOptions, terminal: Terminal): Promise<void> {
  // A call that names no database is wrong whatever the cluster says.
  if (options.databaseSecret === undefined) databaseToMigrate(options, terminal.env);
  const access = clusterAccess(options);
  const waitMs = options.wait * 1_000;
  const labels = { ...options.label, ...OWN_LABELS };
  const secrets = new KubernetesSecrets(access, { labels, waitMs });
  // What it may not even read it says before it touches the database.
  await withProgress(terminal, 'asking Kubernetes', async () => {
    for (const name of [options.pepperSecret, options.adminSecret, options.keySecret])
      await secrets.read(name);
  });
  const url = await ensureTrialState(secrets, options);
  const choice = databaseToMigrate(options, url === null ? terminal.env : { ROPEWAY_DATABASE_URL: url });
  const onStep = (step: AppliedStep) => {
    if (!options.json) terminal.out(stepText(step));
  };
  await withMigratedDatabase(choice, { waitMs, terminal, onStep }, async (database, migrated) => {
    const done = await bootstrap(secrets, database, options);
    const name = databaseName(choice);
    print(terminal, options, asJson(options, migrated, done), () =>
      asWords(options, { name, migrated, done }),
    );
  });
}

/** Names and ids: never a secret. */
function asJson(names: BootstrapNames, { version, applied }: Migrated, done: Bootstrapped) {
  const { key } = done;
  return {
    schema: { version, applied },
    pepper: { secret: names.pepperSecret, made: done.isPepperNew },
    admin: { secret: names.adminSecret, made: done.isAdminNew },
    tenant: { id: key.tenant, made: done.isTenantNew },
    key: { secret: names.keySecret, id: key.id, state: key.state, made: done.isKeyNew },
    otherKeys: done.earlier,
  };
}

interface Told {
  /** Of the database. */
  readonly name: string;
  readonly migrated: Migrated;
  readonly done: Bootstrapped;
}

function asWords(names: BootstrapNames, { name, migrated, done }: Told): string {
  const { key, earlier } = done;
  const made = (isNew: boolean) => (isNew ? 'made' : 'was there');
  return [
    `${name} has schema ${migrated.version}: up to date`,
    `pepper, Secret ${names.pepperSecret}: ${made(done.isPepperNew)}`,
    `admin key, Secret ${names.adminSecret} (${ADMIN_KEY_ENTRY}): ${made(done.isAdminNew)}`,
    `tenant ${key.tenant}: ${made(done.isTenantNew)}`,
    `key ${key.id}, Secret ${names.keySecret} (${API_KEY_ENTRY}): ${made(done.isKeyNew)}${key.state === 'active' ? '' : `, and is ${key.state}`}`,
    ...earlier.map(
      (id) => `key ${id} of an earlier Secret is active still: ropeway key revoke ${id} ends it`,
    ),
  ].join('\n');
}
