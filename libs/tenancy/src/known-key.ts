// A key in memory: what is stored of it, whether its secret was proven before, and what whoever proves it is told.
import { hash, timingSafeEqual } from 'node:crypto';
import { AddressRanges } from '#addresses';
import type { Identified } from './identify.ts';
import type { KeyEnvironment } from './key-token.ts';
import { EXPIRED, notAllowed, otherEnvironment, REVOKED } from './refused-keys.ts';
import type { StoredKey } from './stored-key.ts';

const SUSPENDED = notAllowed('The tenant of this key is suspended.');
const WRONG_ADDRESS = notAllowed('This key may not be used from this address.');

export class KnownKey {
  #stored: StoredKey;
  #readAtMs: number;
  #identified: Identified;
  #ranges: AddressRanges | null;
  /** SHA-256 of the text that proved the secret last: a warm check is one plain hash instead of an HMAC and a checksum. */
  #provenHash: Buffer | null = null;
  /** Wall clock of the use that was last noted for `last_used_at`. */
  usedMs = Number.NEGATIVE_INFINITY;

  /** `readAtMs`: when the reading began, monotonic. */
  constructor(stored: StoredKey, readAtMs: number) {
    this.#stored = stored;
    this.#readAtMs = readAtMs;
    this.#identified = { known: true, caller: stored.caller };
    this.#ranges = rangesOf(stored);
  }

  get stored(): StoredKey {
    return this.#stored;
  }

  get readAtMs(): number {
    return this.#readAtMs;
  }

  /** Takes what was read later, and leaves what was read earlier but came in late. */
  update(stored: StoredKey, readAtMs: number): void {
    if (readAtMs < this.#readAtMs) return;
    if (!stored.digest.equals(this.#stored.digest)) this.#provenHash = null;
    this.#stored = stored;
    this.#readAtMs = readAtMs;
    this.#identified = { known: true, caller: stored.caller };
    this.#ranges = rangesOf(stored);
  }

  /** The same secret under another pepper. */
  rehashed(digest: Buffer, pepperVersion: number): void {
    this.#stored = { ...this.#stored, digest, pepperVersion };
  }

  /** True when this very text proved the secret before. */
  wasProvenBy(text: string): boolean {
    return this.#provenHash !== null && timingSafeEqual(hash('sha256', text, 'buffer'), this.#provenHash);
  }

  provenBy(text: string): void {
    this.#provenHash = hash('sha256', text, 'buffer');
  }

  forgetProof(): void {
    this.#provenHash = null;
  }

  /** What whoever has proven the secret is told; `nowMs` is the wall clock. */
  answer(environment: KeyEnvironment, address: string, nowMs: number): Identified {
    const { isRevoked, isSuspended, expiresAtMs, caller } = this.#stored;
    if (isRevoked) return REVOKED;
    if (nowMs >= expiresAtMs) return EXPIRED;
    if (environment !== caller.environment) return otherEnvironment(caller.environment);
    if (isSuspended) return SUSPENDED;
    if (this.#ranges !== null && !this.#ranges.includes(address)) return WRONG_ADDRESS;
    return this.#identified;
  }
}

function rangesOf({ caller }: StoredKey): AddressRanges | null {
  return caller.scopes.cidrs === null ? null : new AddressRanges(caller.scopes.cidrs);
}
