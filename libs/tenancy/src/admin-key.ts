// The shape of an admin key: rwa_<id: 12>_<secret: 43>_<crc32: 6>, base62. Another first word and another length than a
// gateway's key, so that neither is ever taken for the other (docs/admin-api.md). Kept as the SHA-256 of its text: the secret
// has 256 random bits, so nothing slower is needed, and the file that holds the digests holds no way in.
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { toBase62 } from './base62.ts';
import { newKeyToken } from './key-token.ts';

export type AdminRole = 'admin' | 'viewer';

/** An admin key as it is known to the process: never its text. */
export interface AdminKey {
  /** Public; the audit log names it. */
  readonly id: string;
  /** `viewer` may only read. */
  readonly role: AdminRole;
  /** SHA-256 of the text, hex. */
  readonly digest: string;
}

const SHAPE = /^rwa_([0-9A-Za-z]{12})_[0-9A-Za-z]{43}_([0-9A-Za-z]{6})$/;
const CHECKSUM_LENGTH = 6;

/** Length of every admin key. */
const ADMIN_KEY_LENGTH = 'rwa_'.length + 12 + 1 + 43 + 1 + CHECKSUM_LENGTH;

/** A new key; the text is shown once and never kept. */
export function newAdminKey(role: AdminRole): { readonly text: string; readonly key: AdminKey } {
  const { id, secret } = newKeyToken('live');
  const body = `rwa_${id}_${secret}`;
  const text = `${body}_${checksum(body)}`;
  return { text, key: { id, role, digest: adminKeyDigest(text) } };
}

/** The public id, or null for anything whose shape or checksum is wrong. */
export function adminKeyId(text: string): string | null {
  if (text.length !== ADMIN_KEY_LENGTH) return null;
  const [, id, crc] = SHAPE.exec(text) ?? [];
  return id !== undefined && crc === checksum(text.slice(0, -CHECKSUM_LENGTH - 1)) ? id : null;
}

export function adminKeyDigest(text: string): string {
  return hash('sha256', text, 'hex');
}

/** CRC-32 of everything before it, as in a gateway's key: junk is refused before anything is looked up. */
function checksum(body: string): string {
  return toBase62(crc32(body), CHECKSUM_LENGTH);
}
