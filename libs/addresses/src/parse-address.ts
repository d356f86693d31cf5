// An internet address as text. An IPv4 address that came in over a v6 socket (::ffff:192.0.2.1, RFC 4291 section 2.5.5.2) is that IPv4
// address.
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Longest text of an address: eight groups with an embedded IPv4 address; interface names on top are not of use here. */
const ADDRESS_LENGTH = 45;

/** null for anything but the usual notation: no octal, hexadecimal or short IPv4 (inet_aton's), no zone, no port. */
export function parseAddress(text: string): Address | null {
  if (text.length > ADDRESS_LENGTH) return null;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
