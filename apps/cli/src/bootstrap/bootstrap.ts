// What an installation needs before anybody can call it, in the order in which nothing gets lost: the pepper, then the admin
// credential, then the first key. Safe again on every upgrade, and several times at once.
import type { Database } from '#database';
import { ensureAdminKey } from './ensure-admin-key.ts';
import { type EnsuredFirstKey, ensureFirstKey } from './ensure-first-key.ts';
import { ensurePeppers } from './ensure-peppers.ts';
import type { SecretStore } from './secret-store.ts';

export interface BootstrapNames {
  readonly pepperSecret: string;
  readonly adminSecret: string;
  readonly keySecret: string;
  readonly tenant: string;
}

export interface Bootstrapped extends EnsuredFirstKey {
  readonly isPepperNew: boolean;
  readonly isAdminNew: boolean;
}

/** The database is migrated. */
export async function bootstrap(
  secrets: SecretStore,
  database: Database,
  names: BootstrapNames,
): Promise<Bootstrapped> {
  const { peppers, isNew: isPepperNew } = await ensurePeppers(secrets, database, names.pepperSecret);
  const { isNew: isAdminNew } = await ensureAdminKey(secrets, names.adminSecret);
  const { keySecret: secret, tenant } = names;
  const first = await ensureFirstKey({ secrets, database, peppers, secret, tenant });
  return { isPepperNew, isAdminNew, ...first };
}
