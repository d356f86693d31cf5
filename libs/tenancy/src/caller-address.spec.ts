import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AddressRanges } from '#addresses';
import { callerAddress } from './caller-address.ts';

const NO_PROXIES = new AddressRanges([]);
/** Our own load balancers. */
const PROXIES = new AddressRanges(['10.0.0.0/8', '2001:db8:1::/48']);
const CALLER = '198.51.100.7';

const anyone = fc.ipV4().filter((address) => !PROXIES.includes(address));
const proxy = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map(([a, b, c]) => `10.${a}.${b}.${c}`);
/** Whatever a client may put into a header, commas and trusted addresses among it. */
const forged = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
  fc.array(fc.oneof(fc.ipV4(), proxy, fc.constant('unknown'), fc.constant('')), { maxLength: 8 }).map(String),
);

describe('callerAddress', () => {
  it('is that of the connection where no proxy is trusted, whatever the header says', () => {
    fc.assert(
      fc.property(fc.ipV4(), forged, (remote, header) => {
        expect(callerAddress(remote, header, NO_PROXIES)).toBe(remote);
      }),
    );
  });

  it('is that of the connection where it is not a proxy of ours', () => {
    fc.assert(
      fc.property(anyone, forged, (remote, header) => {
        expect(callerAddress(remote, header, PROXIES)).toBe(remote);
      }),
    );
  });

  it('is what our outermost proxy saw: nothing that the client sent before it counts', () => {
    fc.assert(
      fc.property(forged, anyone, fc.array(proxy, { maxLength: 4 }), proxy, (sent, caller, inner, remote) => {
        const header = [sent, caller, ...inner].join(', ');
        expect(callerAddress(remote, header, PROXIES)).toBe(caller);
      }),
    );
  });

  it('reads several headers as one list', () => {
    expect(callerAddress('10.0.0.1', ['203.0.113.9', `${CALLER}, 10.0.0.2`], PROXIES)).toBe(CALLER);
  });

  it('is the leftmost hop where all are ours', () => {
    expect(callerAddress('10.0.0.1', '10.0.0.3,10.0.0.2', PROXIES)).toBe('10.0.0.3');
    expect(callerAddress('10.0.0.1', undefined, PROXIES)).toBe('10.0.0.1');
  });

  it.each(['unknown', '_hidden', '', ' ', 'localhost', '10.0.0.2:x', '[10.0.0.2', '10.0.0.2,,'])(
    'is no address where a proxy of ours wrote %p: a key bound to addresses is then refused',
    (header) => {
      const address = callerAddress('10.0.0.1', header, PROXIES);
      expect(address).toBe('unknown');
      expect(new AddressRanges(['0.0.0.0/0', '::/0']).includes(address)).toBe(false);
    },
  );

  it('takes ports and brackets, as some proxies write them', () => {
    expect(callerAddress('10.0.0.1', `${CALLER}:4711`, PROXIES)).toBe(CALLER);
    expect(callerAddress('10.0.0.1', '[2001:db8::7]:4711, [2001:db8:1::2]', PROXIES)).toBe('2001:db8::7');
  });

  it('takes an IPv4 caller on a v6 socket as IPv4, with proxies and without', () => {
    expect(callerAddress(`::ffff:${CALLER}`, undefined, NO_PROXIES)).toBe(CALLER);
    expect(callerAddress(`::ffff:${CALLER}`, '203.0.113.9', PROXIES)).toBe(CALLER);
    expect(callerAddress('::ffff:10.0.0.1', `::ffff:${CALLER}`, PROXIES)).toBe(CALLER);
  });

  it('drops the interface of a link-local caller', () => {
    expect(callerAddress('fe80::1%eth0', undefined, NO_PROXIES)).toBe('fe80::1');
    expect(callerAddress('fe80::1%eth0', undefined, PROXIES)).toBe('fe80::1');
  });

  it('is no address when the socket is gone', () => {
    expect(callerAddress(undefined, CALLER, NO_PROXIES)).toBe('unknown');
    expect(callerAddress('', CALLER, PROXIES)).toBe('unknown');
  });

  it('does not read a long forged header beyond the caller', () => {
    const header = `${'10.9.9.9,'.repeat(1_000_000)}${CALLER}`;
    expect(callerAddress('10.0.0.1', header, PROXIES)).toBe(CALLER);
  });
});
