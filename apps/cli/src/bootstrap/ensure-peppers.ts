// The peppers: the digests of all keys are worth nothing without them, so one is only made where no key needs another.
import { randomBytes } from 'node:crypto';
import { pepperFlaw } from '#config';
import type { Database } from '#database';
import { counted } from '../output/words.ts';
import { CommandFailed } from '../terminal.ts';
import { ensureSecret, type SecretData, type SecretStore } from './secret-store.ts';

interface EnsuredPeppers {
  /** By version; at least one. */
  readonly peppers: ReadonlyMap<number, string>;
  readonly isNew: boolean;
}

const FIRST_VERSION = '1';

/** A Secret of peppers has one key a version, and the key is the version: rotation adds `2` beside `1`. */
export async function ensurePeppers(
  secrets: SecretStore,
  database: Database,
  name: string,
): Promise<EnsuredPeppers> {
  let needed = 0;
  const secret = await ensureSecret(secrets, name, async () => {
    needed = await activeKeys(database);
    // 256 bits in hex: no shell, YAML or Secret needs it quoted.
    return needed > 0 ? null : { [FIRST_VERSION]: randomBytes(32).toString('hex') };
  });
  if (secret === null)
    throw new CommandFailed(
      `the Secret ${name} is not there, but ${counted(needed, 'active key')} of the database need its pepper: restore it from your backup; if it is lost for good, make a new one, which ends those keys (kubectl create secret generic ${name} --from-literal=1=$(openssl rand -hex 32))`,
    );
  return { peppers: peppersOf(secret.data, name), isNew: secret.isNew };
}

/** Names the version, never the pepper. */
function peppersOf(data: SecretData, name: string): ReadonlyMap<number, string> {
  const peppers = Object.entries(data)
    .filter(([version]) => /^[1-9]\d{0,8}$/.test(version))
    // As a configuration reads it from a mounted file.
    .map(([version, text]) => [Number(version), text.replace(/\r?\n$/, '')] as const);
  if (peppers.length === 0)
    throw new CommandFailed(
      `the Secret ${name} holds no pepper: its keys must be versions, as in --from-literal=1=$(openssl rand -hex 32)`,
    );
  for (const [version, pepper] of peppers) {
    const flaw = pepperFlaw(pepper);
    if (flaw !== null) throw new CommandFailed(`pepper ${version} of the Secret ${name} ${flaw}`);
  }
  return new Map(peppers);
}

async function activeKeys({ sql: tables }: Database): Promise<number> {
  const { count } = await tables
    .selectFrom('api_key')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('revoked_at', 'is', null)
    .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', new Date())]))
    .executeTakeFirstOrThrow();
  return Number(count);
}
