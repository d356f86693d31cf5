// The admin credential, as a Secret: control reads it as a mounted file (control.adminKeyFile), people out of the Secret.
import { newAdminKey } from '#tenancy';
import { adminKeyText } from '../admin/admin-key-text.ts';
import { CommandFailed } from '../terminal.ts';
import { type EnsuredSecret, ensureSecret, type SecretStore } from './secret-store.ts';

export const ADMIN_KEY_ENTRY = 'admin-key';
/** The digest of an admin key, as `control new-key` prints it: enough for control, and no way in for who reads the Secret. */
const DECLARED = /^(admin|viewer) +[0-9A-Za-z]{12} +sha256:[0-9a-f]{64}\s*(#|$)/m;

export async function ensureAdminKey(
  secrets: SecretStore,
  name: string,
): Promise<Pick<EnsuredSecret, 'isNew'>> {
  const secret = await ensureSecret(secrets, name, async () => ({
    [ADMIN_KEY_ENTRY]: newAdminKey('admin').text,
  }));
  if (secret === null) throw new CommandFailed(`the Secret ${name} was made and removed: run this again`);
  const text = secret.data[ADMIN_KEY_ENTRY] ?? '';
  if (adminKeyText(text) === null && !DECLARED.test(text))
    throw new CommandFailed(
      `the Secret ${name} holds no admin key: its key ${ADMIN_KEY_ENTRY} must be rwa_…, or the line that \`control new-key\` prints`,
    );
  return secret;
}
