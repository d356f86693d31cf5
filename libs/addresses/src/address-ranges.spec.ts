import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AddressRanges } from './address-ranges.ts';

const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 });

function v6(parts: readonly number[]): string {
  return parts.map((part) => part.toString(16)).join(':');
}

/** The reference: a range as a number of leading bits that must be equal. */
function sameBits(one: readonly number[], two: readonly number[], width: number, bits: number): boolean {
  const text = (parts: readonly number[]) =>
    parts.map((part) => part.toString(2).padStart(width, '0')).join('');
  return text(one).slice(0, bits) === text(two).slice(0, bits);
}

describe('AddressRanges', () => {
  it('holds exactly the IPv4 addresses with the same leading bits', () => {
    fc.assert(
      fc.property(octets, octets, fc.nat(32), fc.boolean(), (base, other, bits, isNear) => {
        const address = isNear ? [...base.slice(0, 3), other[3]] : other;
        const ranges = new AddressRanges([`${base.join('.')}/${bits}`]);
        expect(ranges.includes(address.join('.'))).toBe(sameBits(base, address, 8, bits));
      }),
    );
  });

  it('holds exactly the IPv6 addresses with the same leading bits', () => {
    fc.assert(
      fc.property(groups, groups, fc.nat(128), fc.nat(8), (base, other, bits, near) => {
        fc.pre(base[0] !== 0 && other[0] !== 0);
        const address = [...base.slice(0, near), ...other.slice(near)];
        const ranges = new AddressRanges([`${v6(base)}/${bits}`]);
        expect(ranges.includes(v6(address))).toBe(sameBits(base, address, 16, bits));
      }),
    );
  });

  it('takes an IPv4 address that came over a v6 socket as that IPv4 address, in ranges too', () => {
    fc.assert(
      fc.property(octets, fc.nat(32), octets, (base, bits, other) => {
        const plain = new AddressRanges([`${base.join('.')}/${bits}`]);
        const mapped = new AddressRanges([`::ffff:${base.join('.')}/${96 + bits}`]);
        const isIn = plain.includes(other.join('.'));
        expect(plain.includes(`::ffff:${other.join('.')}`)).toBe(isIn);
        expect(mapped.includes(other.join('.'))).toBe(isIn);
      }),
    );
    const halves = new AddressRanges(['192.0.2.0/24']);
    expect(halves.includes('::ffff:c000:201')).toBe(true);
  });

  it('keeps the two families apart', () => {
    const [all4, all6] = [new AddressRanges(['0.0.0.0/0']), new AddressRanges(['::/0'])];
    expect([all4.includes('192.0.2.1'), all4.includes('2001:db8::1')]).toEqual([true, false]);
    expect([all6.includes('192.0.2.1'), all6.includes('2001:db8::1')]).toEqual([false, true]);
  });

  it('takes an address without a length as that address alone', () => {
    const ranges = new AddressRanges(['192.0.2.1', '2001:db8::1']);
    expect(ranges.includes('192.0.2.1')).toBe(true);
    expect(ranges.includes('192.0.2.2')).toBe(false);
    expect(ranges.includes('2001:DB8:0::1')).toBe(true);
    expect(ranges.includes('2001:db8::2')).toBe(false);
  });

  it.each([
    '',
    '/',
    '/8',
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.1/16',
    '0x0a.0.0.0/8',
    '010.0.0.0/8',
    '167772160/8',
    '2001:db8::/129',
    '::ffff:10.0.0.0/95',
    'fe80::1%eth0/64',
    ' 10.0.0.0/8',
    '10.0.0.0/８',
    '１0.0.0.0/8',
    `${'1'.repeat(100_000)}/8`,
  ])('does not read %p as a range, and lets nobody in by it', (text) => {
    const ranges = new AddressRanges([text]);
    expect(ranges.isEmpty).toBe(true);
    for (const address of ['10.0.0.1', '0.0.0.0', '::', '2001:db8::1', text]) {
      expect(ranges.includes(address)).toBe(false);
    }
  });

  it('never throws, and holds no text that is not an address', () => {
    const all = new AddressRanges(['0.0.0.0/0', '::/0']);
    const pieces = fc.constantFrom(...'0123456789abcdefx:.%/ ', '::', '.0', 'ffff', '255');
    const near = fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join(''));
    const texts = fc.oneof(fc.string({ unit: 'binary' }), near);
    fc.assert(
      fc.property(texts, (text) => {
        if (all.includes(text)) expect(text).toMatch(/^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i);
        new AddressRanges([text]);
      }),
      { numRuns: 2_000 },
    );
  });
});
