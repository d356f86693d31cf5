// From which address does a request come? What a header says is believed only as far as proxies of our own wrote it: read
// from the right, the first hop that is not one of them is the caller. Whatever stands left of it anybody can have sent.
import { type Address, type AddressRanges, parseAddress } from '#addresses';

/** In no range, so a key bound to addresses is refused; all such callers share one count of failed keys. */
const UNKNOWN_ADDRESS = 'unknown';

/**
 * The address in its shortest usual form: v4 as `192.0.2.1`, also where a v6 socket took it; v6 as `2001:db8::1`.
 * When every hop is trusted, the leftmost. `unknown` where a trusted proxy wrote no address (RFC 7239's `unknown`, `_hidden`)
 * or the socket is gone. Never throws.
 */
export function callerAddress(
  remoteAddress: string | undefined,
  xForwardedFor: string | readonly string[] | undefined,
  trustedProxies: AddressRanges,
): string {
  if (remoteAddress && trustedProxies.isEmpty) return socketAddress(remoteAddress);
  let caller = parseAddress(withoutZone(remoteAddress ?? ''));
  if (caller === null) return UNKNOWN_ADDRESS;
  if (xForwardedFor === undefined) return caller.toString();
  const hops = new HopsFromRight(typeof xForwardedFor === 'string' ? xForwardedFor : xForwardedFor.join(','));
  while (trustedProxies.holds(caller)) {
    const hop = hops.next();
    if (hop === null) break;
    caller = parseHop(hop);
    if (caller === null) return UNKNOWN_ADDRESS;
  }
  return caller.toString();
}

/** What a socket says is well-formed: the usual request is spared the parsing. */
function socketAddress(remoteAddress: string): string {
  if (remoteAddress.startsWith('::ffff:') && remoteAddress.includes('.')) return remoteAddress.slice(7);
  return withoutZone(remoteAddress);
}

/** Takes one at a time, so a long forged tail on the left is never read. */
class HopsFromRight {
  readonly #text: string;
  #end: number;

  constructor(text: string) {
    this.#text = text;
    this.#end = text.length;
  }

  next(): string | null {
    if (this.#end < 0) return null;
    const comma = this.#end === 0 ? -1 : this.#text.lastIndexOf(',', this.#end - 1);
    const hop = this.#text.slice(comma + 1, this.#end).trim();
    this.#end = comma;
    return hop;
  }
}

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function parseHop(hop: string): Address | null {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(hop)?.[1];
  if (bracketed !== undefined) return parseAddress(bracketed);
  const v4 = /^([\d.]+):\d{1,5}$/.exec(hop)?.[1];
  return parseAddress(v4 ?? hop);
}

/** A link-local peer comes as `fe80::1%eth0`. */
function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}
