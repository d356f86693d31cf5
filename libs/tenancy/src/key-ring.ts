// The keys of the configuration file, held in memory. Known and unknown ids do the same work and get the same answer;
// only who proves the secret learns that a key has expired.
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { NO_LIMITS } from '#limits';
import { bearerToken } from './bearer-token.ts';
import { type Caller, NO_SCOPES } from './caller.ts';
import type { Identified, KeyDeclaration } from './identify.ts';
import { DIGEST_BYTES, keyDigest } from './key-digest.ts';
import type { OwnKeys } from './key-stores.ts';
import { type KeyEnvironment, parseKeyToken, TOKEN_LENGTH } from './key-token.ts';
import { EXPIRED, INVALID, otherEnvironment } from './refused-keys.ts';

/** Pepper by version; several while keys move from one to the next. */
export type Peppers = ReadonlyMap<number, string>;

export class KeyRing implements OwnKeys {
  #keys: ReadonlyMap<string, Entry> = new Map();
  #nobody: Entry = nobody(undefined);
  /**
   * SHA-256 of tokens that proved their secret -> their key, so that a warm check is one plain hash instead of an HMAC.
   * Only valid tokens get in, at most two a key (`rw_live_`, `rw_test_`): as bounded as the configuration itself.
   */
  #proved = new Map<string, Proved>();

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

  holds(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /** Declared keys may be used from any address. */
  identify(authorization: string | undefined, _address: string, nowMs: number): Identified {
    const text = bearerToken(authorization);
    if (text === null || text.length !== TOKEN_LENGTH) return INVALID;
    const tokenHash = hash('sha256', text, 'base64');
    const proved = this.#proved.get(tokenHash) ?? this.#prove(text, tokenHash);
    if (proved === null) return INVALID;
    return nowMs < proved.expiresAtMs ? proved.identified : EXPIRED;
  }

  #prove(text: string, tokenHash: string): Proved | null {
    const token = parseKeyToken(text);
    if (token === null) return null;
    const entry = this.#keys.get(token.id) ?? this.#nobody;
    if (!timingSafeEqual(keyDigest(entry.pepper, token.secret), entry.digest)) return null;
    const proved = entry[token.environment];
    this.#proved.set(tokenHash, proved);
    return proved;
  }
}

/** What a proven token gets until it expires. */
interface Proved {
  readonly expiresAtMs: number;
  readonly identified: Identified;
}

/** A key, and what a token of either environment gets: the secret alone does not tell them apart. */
interface Entry extends Readonly<Record<KeyEnvironment, Proved>> {
  readonly pepper: string;
  readonly digest: Buffer;
}

function entryOf(key: KeyDeclaration, peppers: Peppers): Entry {
  const pepper = peppers.get(key.pepperVersion);
  if (pepper === undefined)
    throw new RangeError(`key ${key.id} names pepper ${key.pepperVersion}, which is not given`);
  const digest = Buffer.from(key.digest, 'hex');
  if (digest.length !== DIGEST_BYTES)
    throw new RangeError(`the digest of key ${key.id} is not ${DIGEST_BYTES} bytes of hex`);
  const expiresAtMs = key.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(key.expiresAt);
  const caller = callerOf(key);
  const proved = (environment: KeyEnvironment): Proved => ({
    expiresAtMs,
    identified:
      caller.environment === environment ? { known: true, caller } : otherEnvironment(caller.environment),
  });
  return { pepper, digest, live: proved('live'), test: proved('test') };
}

/** Stands in for an id nobody has: its digest is random, so no secret proves it. */
function nobody(pepper: string | undefined): Entry {
  const proved: Proved = { expiresAtMs: 0, identified: INVALID };
  return {
    pepper: pepper ?? randomBytes(DIGEST_BYTES).toString('hex'),
    digest: randomBytes(DIGEST_BYTES),
    live: proved,
    test: proved,
  };
}

function callerOf(key: KeyDeclaration): Caller {
  const { models, allowedFields } = key;
  return {
    keyId: key.id,
    lineage: key.id,
    tenant: key.tenant,
    environment: key.environment ?? 'live',
    tenantLimits: NO_LIMITS,
    keyLimits: { ...NO_LIMITS, requestsPerMinute: key.requestsPerMinute },
    scopes: { ...NO_SCOPES, models, allowedFields },
    allowedFields: new Set(allowedFields),
    models: models === null ? null : new Set(models),
    timeZone: 'UTC',
    isStrict: false,
    isPrepaid: false,
  };
}
