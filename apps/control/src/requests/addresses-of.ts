// Behind one name there may be several gateways: each of its addresses is one.
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** As the machine resolves names. */
export type ResolveName = (name: string) => Promise<readonly LookupAddress[]>;

export function resolveName(name: string): Promise<LookupAddress[]> {
  return lookup(name, { all: true });
}

/** A name that is not known, or not in time, is asked as it stands, so that it is said. Never rejects. */
export async function addressesOf(
  origin: string,
  signal: AbortSignal,
  resolve: ResolveName,
): Promise<readonly string[]> {
  const url = new URL(origin);
  if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) return [origin];
  try {
    const all = await Promise.race([resolve(url.hostname), aborted(signal)]);
    // One machine by both its names is one gateway.
    const family = all[0]?.family;
    return all
      .filter((each) => each.family === family)
      .map(({ address }) => `${url.protocol}//${family === 6 ? `[${address}]` : address}:${url.port}`);
  } catch {
    return [origin];
  }
}

/** getaddrinfo cannot be cut short: it is waited for no longer. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
