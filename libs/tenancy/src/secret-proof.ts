// Does this secret belong to that digest? Under whichever pepper the digest was made; digests move to the newest by and by.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { DIGEST_BYTES, keyDigest } from './key-digest.ts';
import type { Peppers } from './key-ring.ts';
import type { StoredKey } from './stored-key.ts';

interface SecretProofOptions {
  /** Monotonic. */
  readonly nowMs: () => number;
  /**
   * How long after a pepper came digests move to it. Not at once: while it is rolled out, gateways that do not have it yet still
   * serve, and could not prove the keys that were moved.
   */
  readonly moveAfterMs: number;
}

export class SecretProof {
  readonly #options: SecretProofOptions;
  readonly #nobodysDigest = randomBytes(DIGEST_BYTES);
  #peppers: Peppers = new Map();
  #newestVersion = 0;
  #newestPepper = '';
  #moveFromMs = 0;

  /** Throws a RangeError when there is no pepper. */
  constructor(peppers: Peppers, options: SecretProofOptions) {
    this.#options = options;
    this.usePeppers(peppers);
  }

  /** Throws a RangeError when there is none, and then keeps the old ones. */
  usePeppers(peppers: Peppers): void {
    const version = Math.max(...peppers.keys());
    const pepper = peppers.get(version);
    if (pepper === undefined) throw new RangeError('keys of a database need at least one pepper');
    if (version !== this.#newestVersion) this.#moveFromMs = this.#options.nowMs() + this.#options.moveAfterMs;
    this.#peppers = peppers;
    this.#newestVersion = version;
    this.#newestPepper = pepper;
  }

  get newest(): { readonly version: number; readonly pepper: string } {
    return { version: this.#newestVersion, pepper: this.#newestPepper };
  }

  get peppers(): Peppers {
    return this.#peppers;
  }

  canProve({ pepperVersion }: StoredKey): boolean {
    return this.#peppers.has(pepperVersion);
  }

  /** False also where the pepper is not given: ask `canProve` first. */
  proves({ pepperVersion, digest }: StoredKey, secret: string): boolean {
    const pepper = this.#peppers.get(pepperVersion);
    return pepper !== undefined && timingSafeEqual(keyDigest(pepper, secret), digest);
  }

  /** As much work as for a wrong secret. */
  provesNobody(secret: string): void {
    timingSafeEqual(keyDigest(this.#newestPepper, secret), this.#nobodysDigest);
  }

  isOld({ pepperVersion }: StoredKey): boolean {
    return pepperVersion < this.#newestVersion;
  }

  /** May an old digest move now? */
  get mayMove(): boolean {
    return this.#options.nowMs() >= this.#moveFromMs;
  }
}
