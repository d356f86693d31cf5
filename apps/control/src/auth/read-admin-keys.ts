// The admin keys a file declares, one a line: either a key itself (role admin; as ensureAdminKey writes it, or as a Secret is
// mounted), or `<role> <id> sha256:<hex>`, which is no way in for whoever reads the file. `#` begins a comment.
import { type AdminKey, adminKeyDigest, adminKeyId } from '#tenancy';

const DECLARED = /^(admin|viewer) +([0-9A-Za-z]{12}) +sha256:([0-9a-f]{64})$/;

/** Throws a RangeError that names the line, never its text, when one cannot be read or no key is there. */
export function readAdminKeys(text: string): readonly AdminKey[] {
  const keys = text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .flatMap((line, index) => (line === '' ? [] : [keyOf(line, index + 1)]));
  if (keys.length === 0) throw new RangeError('no admin key is declared');
  const twice = keys.find(({ id }, index) => keys.findIndex((other) => other.id === id) !== index);
  if (twice) throw new RangeError(`admin key ${twice.id} is declared twice`);
  return keys;
}

/** How a key is declared without its text. */
export function adminKeyLine({ role, id, digest }: AdminKey): string {
  return `${role} ${id} sha256:${digest}`;
}

function keyOf(line: string, number: number): AdminKey {
  const [, role, declaredId, digest] = DECLARED.exec(line) ?? [];
  if (role !== undefined && declaredId !== undefined && digest !== undefined) {
    return { id: declaredId, role: role === 'admin' ? 'admin' : 'viewer', digest };
  }
  const id = adminKeyId(line);
  if (id === null) {
    throw new RangeError(
      `line ${number} is neither an admin key (rwa_…) nor "<admin|viewer> <id> sha256:<hex>"`,
    );
  }
  return { id, role: 'admin', digest: adminKeyDigest(line) };
}
