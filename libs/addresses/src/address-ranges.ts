// Which addresses? CIDR ranges of v4 and v6, read once for a policy and asked for each request. An IPv4 address that came in
// over a v6 socket (::ffff:192.0.2.1, RFC 4291 section 2.5.5.2) is that IPv4 address, in ranges as in callers.
import { type Address, parseAddress } from './parse-address.ts';

type Range = readonly [Address, number];

export class AddressRanges {
  readonly #ranges: readonly Range[];

  /**
   * A range that cannot be read holds no address: rights are never wider than what was meant. Whoever takes ranges from a
   * person refuses such a one first: `cidrSchema`, `proxyRangeSchema`.
   */
  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map(parseRange).filter((range) => range !== null);
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** False for what is no address. `0.0.0.0/0` holds no IPv6 address, `::/0` no IPv4 one. */
  includes(address: string): boolean {
    const parsed = parseAddress(address);
    return parsed !== null && this.holds(parsed);
  }

  holds(address: Address): boolean {
    return this.#ranges.some((range) => isWithin(address, range));
  }
}

const MAPPED_BITS = 96;

/** An address (`192.0.2.1`) or a range (`192.0.2.0/24`, `2001:db8::/32`) in the usual notation. */
function parseRange(text: string): Range | null {
  const [base = '', length, ...rest] = text.split('/');
  const address = parseAddress(base);
  if (address === null || rest.length > 0) return null;
  const addressBits = address.kind() === 'ipv4' ? 32 : 128;
  if (length === undefined) return [address, addressBits];
  if (!/^(0|[1-9]\d{0,2})$/.test(length)) return null;
  const isMapped = addressBits === 32 && base.includes(':');
  const bits = isMapped ? Number(length) - MAPPED_BITS : Number(length);
  return bits >= 0 && bits <= addressBits ? [address, bits] : null;
}

function isWithin(address: Address, [base, bits]: Range): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}
