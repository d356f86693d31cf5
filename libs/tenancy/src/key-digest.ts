// What is stored of a key: HMAC-SHA-256 of its secret under a pepper kept elsewhere, so that neither the digests nor the
// pepper alone is of use. A slow hash buys nothing against 256 random bits and would be a way to overload the gateway.
import { createHmac } from 'node:crypto';

export const DIGEST_BYTES = 32;

/** The digest as it is compared; `keyDigest(...).toString('hex')` is how a configuration file spells it. */
export function keyDigest(pepper: string, secret: string): Buffer {
  return createHmac('sha256', pepper).update(secret).digest();
}
