// The first tenant and its key. The Secret comes first and the row is made from it: its creation decides which of several
// bootstraps wins, and one that dies in between leaves a text whose row the next one makes. The other way round it would
// leave a row whose text nobody has.
import type { Database } from '#database';
import {
  type ApiKey,
  DatabaseRegistry,
  type KeyToken,
  newKeyToken,
  parseKeyToken,
  type Registry,
  type Result,
  tokenText,
} from '#tenancy';
import { isProven, storedKey } from '../keys/stored-key.ts';
import { CommandFailed } from '../terminal.ts';
import { ensureSecret, type SecretStore } from './secret-store.ts';

interface FirstKeyTerms {
  readonly secrets: SecretStore;
  readonly database: Database;
  readonly peppers: ReadonlyMap<number, string>;
  /** Name of the Secret. */
  readonly secret: string;
  readonly tenant: string;
}

export interface EnsuredFirstKey {
  readonly isSecretNew: boolean;
  readonly isTenantNew: boolean;
  readonly isKeyNew: boolean;
  readonly key: ApiKey;
  /** Ids of active keys whose Secret was there before, and was taken away. */
  readonly earlier: readonly string[];
}

export const API_KEY_ENTRY = 'api-key';
const ACTOR = 'ropeway bootstrap';
/** For people, in lists of keys; and how keys of earlier Secrets are found. */
const KEY_NAME = 'bootstrap';
const MOST_KEYS = 1_000;

export async function ensureFirstKey(terms: FirstKeyTerms): Promise<EnsuredFirstKey> {
  const { secrets, database, peppers, secret: name, tenant } = terms;
  const secret = await ensureSecret(secrets, name, async () => ({
    [API_KEY_ENTRY]: tokenText(newKeyToken('live')),
  }));
  if (secret === null) throw new CommandFailed(`the Secret ${name} was made and removed: run this again`);
  const token = parseKeyToken((secret.data[API_KEY_ENTRY] ?? '').trim());
  if (token === null)
    throw new CommandFailed(
      `the Secret ${name} holds no key: its key ${API_KEY_ENTRY} must be the text of one, rw_live_… or rw_test_… (\`ropeway key new\` makes one)`,
    );
  const registry = new DatabaseRegistry({ database, pepper: newest(peppers) });
  const ensured = await registry.transaction((inside) => ensureRows(inside, tenant, token));
  await prove(terms, token);
  return { isSecretNew: secret.isNew, ...ensured, earlier: await earlierKeys(registry, ensured.key) };
}

/** In one transaction, which holds the lock of all changes: of several that come at once, one makes the rows. */
async function ensureRows(
  registry: Registry,
  tenant: string,
  token: KeyToken,
): Promise<Pick<EnsuredFirstKey, 'isTenantNew' | 'isKeyNew' | 'key'>> {
  const known = await registry.key(token.id);
  if (known !== null) return { isTenantNew: false, isKeyNew: false, key: known };
  const isTenantNew = (await registry.tenant(tenant)) === null;
  if (isTenantNew) done(await registry.createTenant(ACTOR, tenant, {}));
  const key = done(await registry.adoptKey(ACTOR, tenant, tokenText(token), { name: KEY_NAME }));
  return { isTenantNew, isKeyNew: true, key };
}

/** The key may be older than the pepper beside it: then it opens nothing, and whoever reads it out should not be told to. */
async function prove({ database, peppers, secret }: FirstKeyTerms, token: KeyToken): Promise<void> {
  const stored = await storedKey(database, token.id);
  if (stored !== null && isProven(stored, peppers, token.secret)) return;
  throw new CommandFailed(
    `the key in the Secret ${secret} was made with another pepper, or is another key of that id: delete the Secret, and run this again for a new key`,
  );
}

async function earlierKeys(registry: Registry, { id, tenant }: ApiKey): Promise<readonly string[]> {
  const page = await registry.keys({ tenant, state: 'active', cursor: null, limit: MOST_KEYS });
  const keys = page === 'invalid-cursor' ? [] : page.items;
  return keys.filter((key) => key.name === KEY_NAME && key.id !== id).map((key) => key.id);
}

/** New digests are made with it, as the gateway's own. */
function newest(peppers: ReadonlyMap<number, string>) {
  const version = Math.max(...peppers.keys());
  const secret = peppers.get(version);
  if (secret === undefined) throw new Error('there is no pepper');
  return { version, secret };
}

function done<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new CommandFailed(`the first key cannot be made: ${result.message}`);
}
