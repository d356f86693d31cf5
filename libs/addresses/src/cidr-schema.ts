// A range of addresses as an administrator writes it. What is ambiguous is refused: a range read otherwise than meant is a
// door left open.
import ipaddr from 'ipaddr.js';
import * as z from 'zod';

/** Longest text of a v6 range, mapped v4 in full included, with some room. */
const MAX_LENGTH = 64;
const SHAPE = /^([0-9.]+|[0-9a-fA-F:.]+)\/(0|[1-9][0-9]{0,2})$/;

export const cidrSchema = z
  .string()
  .max(MAX_LENGTH)
  .superRefine((text, context) => {
    const wrong = wrongWithCidr(text);
    if (wrong !== null) context.addIssue({ code: 'custom', message: wrong });
  });

/** What is wrong with a range, or null. Never repeats more of it than its address. */
export function wrongWithCidr(text: string): string | null {
  if (!SHAPE.test(text))
    return 'must be a range such as 10.0.0.0/8 or 2001:db8::/32; one address is 10.1.2.3/32';
  const [address = '', prefix = ''] = text.split('/');
  // Not 127.1 or 010.0.0.1, which programs read in different ways.
  const isV4 = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!isV4 && !ipaddr.IPv6.isValid(address)) return 'has no valid address before the /';
  const bits = isV4 ? 32 : 128;
  if (Number(prefix) > bits) return `has a prefix above ${bits}`;
  if (!isV4 && ipaddr.IPv6.parse(address).isIPv4MappedAddress()) return 'must be written as an IPv4 range';
  const network = isV4 ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text);
  const given = ipaddr.parse(address);
  if (network.toNormalizedString() === given.toNormalizedString()) return null;
  return `has bits set after the prefix: either ${network.toString()}/${prefix} or ${given.toString()}/${bits} is meant`;
}
