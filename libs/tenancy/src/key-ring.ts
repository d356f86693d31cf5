// The keys of the configuration file, held in memory. Known and unknown ids do the same work and get the same answer;
// only who proves the secret learns that a key has expired.
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { RateLimit } from '#limits';
import { bearerToken } from './bearer-token.ts';
import type { Caller, Identified, KeyDeclaration, KeyStore } from './identify.ts';
import { DIGEST_BYTES, keyDigest } from './key-digest.ts';
import { parseKeyToken, TOKEN_LENGTH } from './key-token.ts';

/** Pepper by version; several while keys move from one to the next. */
export type Peppers = ReadonlyMap<number, string>;

export class KeyRing implements KeyStore {
  #keys: ReadonlyMap<string, Entry> = new Map();
  #nobody: Entry = nobody(undefined);
  /**
   * SHA-256 of tokens that proved their secret -> their key, so that a warm check is one plain hash instead of an HMAC.
   * Only valid tokens get in, at most two a key (`rw_live_`, `rw_test_`): as bounded as the configuration itself.
   */
  #proved = new Map<string, Entry>();

  /** Throws when a key names a pepper version that is not given, or its digest is not 32 bytes of hex. */
  constructor(keys: readonly KeyDeclaration[], peppers: Peppers) {
    this.replace(keys, peppers);
  }

  /** Swaps all keys at once and forgets what was proved. Throws as the constructor does, and then keeps the old keys. */
  replace(keys: readonly KeyDeclaration[], peppers: Peppers): void {
    const entries = new Map(keys.map((key) => [key.id, entryOf(key, peppers)]));
    this.#keys = entries;
    this.#nobody = nobody(peppers.get(Math.max(...peppers.keys())));
    this.#proved = new Map();
  }

  get size(): number {
    return this.#keys.size;
  }

  /** `nowMs` is the wall clock (Date.now()): expiry is a date. */
  identify(authorization: string | undefined, nowMs: number): Identified {
    const text = bearerToken(authorization);
    if (text === null || text.length !== TOKEN_LENGTH) return UNKNOWN;
    const tokenHash = hash('sha256', text, 'base64');
    const entry = this.#proved.get(tokenHash) ?? this.#prove(text, tokenHash);
    if (entry === null) return UNKNOWN;
    return nowMs < entry.expiresAtMs ? entry.identified : EXPIRED;
  }

  #prove(text: string, tokenHash: string): Entry | null {
    const token = parseKeyToken(text);
    if (token === null) return null;
    const entry = this.#keys.get(token.id) ?? this.#nobody;
    if (!timingSafeEqual(keyDigest(entry.pepper, token.secret), entry.digest)) return null;
    this.#proved.set(tokenHash, entry);
    return entry;
  }
}

interface Entry {
  readonly pepper: string;
  readonly digest: Buffer;
  readonly expiresAtMs: number;
  readonly identified: Identified;
}

const UNKNOWN: Identified = { known: false, code: 'invalid_api_key' };
const EXPIRED: Identified = { known: false, code: 'key_expired' };

function entryOf(key: KeyDeclaration, peppers: Peppers): Entry {
  const pepper = peppers.get(key.pepperVersion);
  if (pepper === undefined)
    throw new RangeError(`key ${key.id} names pepper ${key.pepperVersion}, which is not given`);
  const digest = Buffer.from(key.digest, 'hex');
  if (digest.length !== DIGEST_BYTES)
    throw new RangeError(`the digest of key ${key.id} is not ${DIGEST_BYTES} bytes of hex`);
  return {
    pepper,
    digest,
    expiresAtMs: key.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(key.expiresAt),
    identified: { known: true, caller: callerOf(key) },
  };
}

/** Stands in for an id nobody has: its digest is random, so no secret proves it. */
function nobody(pepper: string | undefined): Entry {
  return {
    pepper: pepper ?? randomBytes(DIGEST_BYTES).toString('hex'),
    digest: randomBytes(DIGEST_BYTES),
    expiresAtMs: 0,
    identified: UNKNOWN,
  };
}

function callerOf(key: KeyDeclaration): Caller {
  return {
    keyId: key.id,
    tenant: key.tenant,
    requestLimit: key.requestsPerMinute === null ? null : requestsPerMinute(key.requestsPerMinute),
    allowedFields: new Set(key.allowedFields),
    models: key.models === null ? null : new Set(key.models),
  };
}

/** A sixth of the minute at once: a full-minute burst would admit twice the limit around the turn of a minute. */
function requestsPerMinute(limit: number): RateLimit {
  return { limit, periodMs: 60_000, burst: Math.max(1, Math.ceil(limit / 6)) };
}
