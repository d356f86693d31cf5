// Passwords of the PostgreSQL and the Redis a chart brings along for trials. Made here, before either starts (their pods wait for
// the Secret), so that no password stands in a release or in a rendered manifest.
import { randomBytes } from 'node:crypto';
import { CommandFailed, WrongUsage } from '../terminal.ts';
import { ensureSecret, type SecretData, type SecretStore } from './secret-store.ts';

export interface TrialState {
  /** Secrets, by name; left out where the database or the Redis is somebody's own. */
  readonly databaseSecret?: string;
  /** With `databaseSecret`: host and port. */
  readonly databaseHost?: string;
  readonly redisSecret?: string;
}

const PASSWORD_ENTRY = 'password';
const URL_ENTRY = 'url';
const USER_AND_DATABASE = 'ropeway';

/** The URL of the bundled database; null where there is none. */
export async function ensureTrialState(secrets: SecretStore, state: TrialState): Promise<string | null> {
  const { databaseSecret, databaseHost, redisSecret } = state;
  if (redisSecret !== undefined) await ensured(secrets, redisSecret, { [PASSWORD_ENTRY]: newPassword() });
  if (databaseSecret === undefined) return null;
  if (databaseHost === undefined) throw new WrongUsage('--database-secret needs --database-host beside it');
  const password = newPassword();
  const url = `postgres://${USER_AND_DATABASE}:${password}@${databaseHost}/${USER_AND_DATABASE}`;
  const data = await ensured(secrets, databaseSecret, { [PASSWORD_ENTRY]: password, [URL_ENTRY]: url });
  return data[URL_ENTRY] ?? null;
}

async function ensured(secrets: SecretStore, name: string, made: SecretData): Promise<SecretData> {
  const secret = await ensureSecret(secrets, name, async () => made);
  if (secret === null) throw new CommandFailed(`the Secret ${name} was made and removed: run this again`);
  const missing = Object.keys(made).filter((entry) => !secret.data[entry]);
  if (missing.length > 0)
    throw new CommandFailed(
      `the Secret ${name} has no ${missing.join(' and no ')}: add it, or delete the Secret`,
    );
  return secret.data;
}

/** Hex: no URL, shell or YAML needs it quoted. */
function newPassword(): string {
  return randomBytes(24).toString('hex');
}
