// Who asks? Answered from the headers alone, before a byte of the body is read. One answer for every wrong key, a gateway's
// included; wrong ones are limited by address, and a right one is never held up by that (decisions L6).
import { timingSafeEqual } from 'node:crypto';
import { type AdminKey, type AdminRole, adminKeyDigest, adminKeyId, FailedAuth } from '#tenancy';
import { Problem } from '../http/problem.ts';

/** A proven admin key. */
export interface Admin {
  readonly id: string;
  readonly role: AdminRole;
  /** As the audit log names it. */
  readonly actor: string;
}

interface AdminKeysOptions {
  readonly keys: readonly AdminKey[];
  /** Wrong keys an address may try in a minute; a sixth of it at once. */
  readonly failedPerMinute: number;
}

/** RFC 6750: the scheme in any case, the token. A longer header is junk and not looked at. */
const BEARER = /^bearer +(\S+) *$/i;
const MAX_HEADER_LENGTH = 256;
/** No text has it as its digest. */
const NOBODY = Buffer.alloc(32);
export const HOW_TO_ASK = 'Send an admin key as "Authorization: Bearer rwa_…".';

export class AdminKeys {
  readonly #keys: ReadonlyMap<string, Entry>;
  readonly #failures: FailedAuth;

  /** Throws when a digest is not 32 bytes of hex. */
  constructor({ keys, failedPerMinute }: AdminKeysOptions) {
    this.#keys = new Map(keys.map((key) => [key.id, entryOf(key)]));
    this.#failures = new FailedAuth({ failedPerMinute });
  }

  /** Throws a Problem: 401, or 429 for an address that has tried too many wrong keys. `nowMs` is the monotonic clock. */
  identify(authorization: string | undefined, address: string, nowMs: number): Admin {
    const admin = this.#prove(authorization);
    if (admin !== null) return admin;
    const failed = this.#failures.failed(address, nowMs);
    if (failed.limited) {
      const { retryAfterMs } = failed;
      throw new Problem('too_many_attempts', 'Wait, or send a right key.', { retryAfterMs });
    }
    throw new Problem('unauthorized', HOW_TO_ASK, {
      headers: { 'www-authenticate': 'Bearer realm="ropeway-admin"' },
    });
  }

  #prove(authorization: string | undefined): Admin | null {
    if (authorization === undefined || authorization.length > MAX_HEADER_LENGTH) return null;
    const text = BEARER.exec(authorization)?.[1];
    const id = text === undefined ? null : adminKeyId(text);
    if (text === undefined || id === null) return null;
    const entry = this.#keys.get(id);
    const digest = Buffer.from(adminKeyDigest(text), 'hex');
    return timingSafeEqual(digest, entry?.digest ?? NOBODY) && entry !== undefined ? entry.admin : null;
  }
}

interface Entry {
  readonly digest: Buffer;
  readonly admin: Admin;
}

function entryOf({ id, role, digest }: AdminKey): Entry {
  const bytes = Buffer.from(digest, 'hex');
  if (bytes.length !== NOBODY.length)
    throw new RangeError(`the digest of admin key ${id} is not SHA-256 in hex`);
  return { digest: bytes, admin: { id, role, actor: `admin:${id}` } };
}
