// The addresses two lists of ranges have in common. Of two ranges either one lies in the other or they share nothing, so the
// answer is ranges again: the narrower one of each pair.
import ipaddr from 'ipaddr.js';

/** CIDR as `cidrSchema` takes it; one that can't be read has nothing in common with any. */
export function commonRanges(some: readonly string[], others: readonly string[]): readonly string[] {
  const found = some.flatMap((one) => others.flatMap((other) => narrower(one, other)));
  return [...new Set(found)];
}

/** None or one. */
function narrower(one: string, other: string): readonly string[] {
  if (!ipaddr.isValidCIDR(one) || !ipaddr.isValidCIDR(other)) return [];
  const [oneStart, onePrefix] = ipaddr.parseCIDR(one);
  const [otherStart, otherPrefix] = ipaddr.parseCIDR(other);
  if (oneStart.kind() !== otherStart.kind()) return [];
  if (onePrefix >= otherPrefix) return oneStart.match(otherStart, otherPrefix) ? [one] : [];
  return otherStart.match(oneStart, onePrefix) ? [other] : [];
}
