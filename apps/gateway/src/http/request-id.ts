// Two ids a request: ours, which limits, ledger and leases go by, and the client's, which is for correlation only.
import { randomBytes } from 'node:crypto';

/**
 * A client's x-request-id is taken when it is short and printable (no spaces, no separators that break logs), and not dots
 * alone: `/requests/..` is another path for whoever builds a URL of it (URL standard, 4.4), and escaping does not help.
 */
const SANE = /^(?!\.+$)[\w.:@+/=-]{1,128}$/;

export function saneRequestId(value: string | string[] | undefined): string | null {
  return typeof value === 'string' && SANE.test(value) ? value : null;
}

const HEX_POOL_BYTES = 4096;
let pool = '';
let at = 0;

/** 128 random bits, hex. Drawn from a pool: a call to the generator per request costs more than the rest of this file. */
export function newRequestId(): string {
  if (at + 32 > pool.length) {
    pool = randomBytes(HEX_POOL_BYTES).toString('hex');
    at = 0;
  }
  const id = pool.slice(at, at + 32);
  at += 32;
  return `req-${id}`;
}
