export { AddressRanges } from './address-ranges.ts';
export { cidrSchema } from './cidr-schema.ts';
export { type Address, parseAddress } from './parse-address.ts';
export { proxyRangeSchema } from './proxy-range-schema.ts';
